"""Configs as users have had them for years, unchanged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

import nam_kernel
from material import RATE, recordings
from nam_kernel.errors import ConfigError
from nam_kernel.run import check

pytestmark = pytest.mark.usefixtures("fresh_plugins")

MODELS = [
    "v0.2/model.json",
    "v0.3/lstm.json",
    "v0.4/wavenet.json",
    "v0.6/convnet.json",
    "v0.10/lstm.json",
    "v0.10/wavenet.json",
    "v0.13/wavenet.json",
    "v0.13/wavenet_slimmable.json",
    "v0.13/config_model_packed.json",
]
ONE_STEP: dict[str, Any] = {
    "train_dataloader": {"batch_size": 1},
    "trainer": {"accelerator": "cpu", "max_steps": 1, "limit_val_batches": 1},
}


@pytest.fixture
def data(tmp_path: Path) -> dict[str, Any]:
    """A pair long enough for the longest burn-in."""
    x, y = recordings(tmp_path, seconds=3.0)
    return {
        "train": {"start_samples": RATE // 2, "stop_samples": -RATE, "ny": 12000},
        "validation": {"start_samples": -RATE // 2, "ny": None},
        "common": {"x_path": str(x), "y_path": str(y), "delay": 0},
    }


@pytest.mark.parametrize("name", MODELS)
def test_an_older_model_config_trains_a_step_unchanged(
    cases: Path, tmp_path: Path, data: dict[str, Any], name: str
) -> None:
    result = nam_kernel.train(data, cases / "configs" / name, ONE_STEP, tmp_path / "out", plots=False)
    assert result.model_path is not None
    net = nam_kernel.read_model(result.model_path)
    x = 0.1 * torch.randn(2 * RATE, generator=torch.Generator().manual_seed(0))
    # A recurrent net is written with the state that it settles to on silence, so both are compared after a second.
    ours, theirs = (n.at_size(1.0) if n.outputs else n for n in (result.net, net))
    silence = torch.zeros(RATE)
    first, second = (n.eval().render(torch.cat([silence, x]))[RATE:] for n in (ours, theirs))
    assert (first - second).abs().max() <= 1e-5 * max(1.0, float(first.abs().max()))


def test_every_model_config_of_the_cases_is_tried(cases: Path) -> None:
    found = {str(f.relative_to(cases / "configs")) for f in (cases / "configs").rglob("*.json")}
    assert {f for f in found if "net" in json.loads((cases / "configs" / f).read_text())} == set(MODELS)


@pytest.mark.parametrize("name", ["v0.5/learning_default.json", "v0.13/learning_default.json"])
def test_an_older_learning_config_is_understood(cases: Path, data: dict[str, Any], name: str) -> None:
    documents = (data, cases / "configs" / "v0.13" / "wavenet.json", cases / "configs" / name)
    if torch.cuda.is_available():
        check(*documents).teardown()
        return
    with pytest.raises(ConfigError, match='trainer.*write "auto"'):
        check(*documents)


@pytest.mark.parametrize("name", ["v0.6/two_pairs.json", "v0.10/single_pair.json"])
def test_an_older_data_config_is_understood(cases: Path, data: dict[str, Any], name: str, tmp_path: Path) -> None:
    text = (cases / "configs" / name).read_text()
    for part in ("train\\\\source", "validation\\\\source", "source"):
        text = text.replace(f"C:\\\\path\\\\to\\\\{part}.wav", data["common"]["x_path"])
        text = text.replace(f"C:\\\\path\\\\to\\\\{part.replace('source', 'target')}.wav", data["common"]["y_path"])
    given = json.loads(text.replace("-9.0", "-1.0"))
    given["common"]["require_input_pre_silence"] = None
    prepared = check(given, cases / "configs" / "v0.4" / "wavenet.json", ONE_STEP)
    prepared.teardown()
    assert ("deprecated" in " ".join(map(str, prepared.findings))) == ("single" in name)


def test_a_path_of_another_machine_is_told(cases: Path) -> None:
    with pytest.raises(ConfigError, match=r"train\.x_path.*C:"):
        check(cases / "configs" / "v0.10" / "single_pair.json", cases / "configs" / "v0.4" / "wavenet.json", ONE_STEP)


def test_deprecated_spellings_are_named_in_notes(cases: Path, data: dict[str, Any]) -> None:
    prepared = check(
        data, cases / "configs" / "v0.2" / "model.json", {**ONE_STEP, "trainer": {"gpus": 0, "max_steps": 1}}
    )
    prepared.teardown()
    told = " ".join(map(str, prepared.findings))
    assert "gpus" in told
    assert "verbose" in told
