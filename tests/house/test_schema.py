"""Claims about the JSON Schema that editors complete from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from material import documents
from nam_plugin_schema.command import main
from nam_plugin_schema.schema import schema

pytestmark = pytest.mark.usefixtures("fresh_plugins")

NAMES = ("data", "model", "learning")


def errors(name: str, document: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(schema(name))  # type: ignore[arg-type]
    return [error.message for error in validator.iter_errors(document)]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_schema_and_is_printed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == 0
    printed = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(printed)
    assert printed == schema(name)  # type: ignore[arg-type]


def test_good_documents_fit(tmp_path: Path) -> None:
    for name, path in zip(NAMES, documents(tmp_path), strict=True):
        assert errors(name, {**json.loads(path.read_text()), "_notes": ["fine"]}) == []


def test_every_older_config_of_the_cases_fits(cases: Path) -> None:
    for file in sorted((cases / "configs").rglob("*.json")):
        document = json.loads(file.read_text())
        kind = "model" if "net" in document else "learning" if "trainer" in document else "data"
        assert errors(kind, document) == [], file


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("data", {"validation": {}}),
        ("data", {"train": {}, "metadata": {"gear_type": "spoon"}}),
        ("model", {"net": {"config": {}}}),
        ("model", {"net": {"name": "LSTM", "config": {"hidden_size": "many"}}}),
        ("model", {"net": {"name": "LSTM", "config": {"hiden_size": 3}}}),
        ("model", {"net": {"name": "LSTM"}, "loss": {"mask_frist": 3}}),
        ("learning", {"seed": -1}),
        ("learning", {"sede": 1}),
    ],
)
def test_a_wrong_document_does_not_fit(name: str, document: dict[str, Any]) -> None:
    assert errors(name, document)


@pytest.mark.parametrize(("recipe", "fits"), [("fast", True), (None, True), ("quick", False), (3, False)])
def test_keys_that_plugins_understand_have_their_place(recipe: Any, fits: bool) -> None:
    assert (errors("learning", {"recipe": recipe}) == []) is fits
    assert errors("model", {"net": {"name": "Linear"}, "recipe": "fast"})


def test_the_configs_of_installed_plugins_have_their_place() -> None:
    text = json.dumps(schema("model"))
    for key in ("layers_configs", "hidden_size", "train_burn_in", "submodels", "coef"):
        assert f'"{key}"' in text
    assert '"require_input_pre_silence"' in json.dumps(schema("data"))
