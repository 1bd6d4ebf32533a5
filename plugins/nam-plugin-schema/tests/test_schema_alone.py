"""Claims about the schema with the kernel alone: every installed component has its place in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from nam_kernel import Loss, Net, Trainer, plugins
from nam_kernel.config import Config
from nam_kernel.plugins.registration import register
from nam_plugin_schema.command import main
from nam_plugin_schema.schema import schema


class ChoirConfig(Config):
    voices: int = Field(gt=0)


@pytest.fixture(autouse=True)
def choir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("NAM_HOME", str(tmp_path))
    plugins.use(None)
    register(Net(name="Choir", target=dict, config=ChoirConfig))
    register(Loss(name="Pitch", target=max, config=ChoirConfig, key="pitch"))
    register(Trainer(name="Rehearsal", target=dict, config=ChoirConfig))
    yield
    plugins.use(None)


def properties(name: Any, key: str) -> list[dict[str, Any]]:
    return [d["properties"][key] for d in schema(name)["$defs"].values() if key in d.get("properties", {})]


def test_the_config_of_a_net_is_tied_to_its_name() -> None:
    tied = [rule for d in schema("model")["$defs"].values() for rule in d.get("allOf", [])]
    (choir,) = [rule for rule in tied if rule["if"]["properties"]["name"]["const"] == "Choir"]
    assert "$ref" in choir["then"]["properties"]["config"]
    assert {"exclusiveMinimum": 0, "title": "Voices", "type": "integer"} in properties("model", "voices")


def test_a_loss_has_its_keys_and_an_engine_its_own_beside_the_kernels() -> None:
    assert properties("model", "pitch_weight")
    assert properties("model", "pitch_voices")
    learning = [d for d in schema("learning")["$defs"].values() if "seed" in d.get("properties", {})]
    assert any("voices" in d["properties"] for d in learning)


@pytest.mark.parametrize("name", ["data", "model", "learning"])
def test_the_command_prints_the_schema_and_nothing_else(name: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == 0
    assert json.loads(capsys.readouterr().out) == schema(name)
