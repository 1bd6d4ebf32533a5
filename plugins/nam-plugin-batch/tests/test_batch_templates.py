"""Claims about the configs that all rows begin with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from batch_session import configs, one_second, record

from nam_kernel.errors import ConfigError
from nam_plugin_batch.rows import Row
from nam_plugin_batch.templates import read_templates
from nam_plugin_capture import net_of, settings


def test_without_configs_a_row_trains_as_capture_does() -> None:
    templates = read_templates(None, None, None, size="nano", epochs=7)
    beside, learning = settings(7)
    assert templates.data is None
    assert templates.model == {"net": net_of("nano"), **beside}
    assert templates.learning == learning


def test_a_learning_config_without_the_recipe_gets_the_usual_optimizer(tmp_path: Path) -> None:
    _, learning = configs(tmp_path)
    templates = read_templates(None, None, learning, size="tiny", epochs=None)
    assert templates.model["optimizer"] == settings(recipe=False)[0]["optimizer"]


def test_the_recordings_of_the_data_config_give_way_to_those_of_the_row(tmp_path: Path) -> None:
    di = record(tmp_path, "amp", "other")
    document = json.loads(one_second(tmp_path).read_text())
    for split in ("train", "validation"):
        document[split] |= {"x_path": "di.wav", "y_path": "amp.wav"}
    (tmp_path / "data.json").write_text(json.dumps(document))
    templates = read_templates(tmp_path / "data.json", *configs(tmp_path), size="tiny", epochs=None)
    assert templates.needed == ()
    data = templates.of(Row("a", None, tmp_path / "other.wav")).data
    assert data is not None
    assert "y_path" not in data["train"]
    assert (data["common"]["x_path"], data["common"]["y_path"]) == (str(di), str(tmp_path / "other.wav"))


def test_a_data_config_of_several_pairs_is_refused(tmp_path: Path) -> None:
    record(tmp_path, "amp", "other")
    document = json.loads(one_second(tmp_path).read_text())
    document["train"] = [document["train"] | {"y_path": name} for name in ("amp.wav", "other.wav")]
    (tmp_path / "data.json").write_text(json.dumps(document))
    with pytest.raises(ConfigError, match="names 2 recordings as y_path, and a row has one"):
        read_templates(tmp_path / "data.json", None, None, size="tiny", epochs=None)


def test_files_beside_a_config_are_found_wherever_the_row_trains(tmp_path: Path) -> None:
    model, _ = configs(tmp_path)
    (tmp_path / "start.nam").write_text("{}")
    model.write_text(json.dumps(json.loads(model.read_text()) | {"init_from": "start.nam"}))
    templates = read_templates(None, model, None, size="tiny", epochs=None)
    assert templates.model["init_from"] == str(tmp_path / "start.nam")
    assert templates.model["net"]["name"] == "WaveNet"


def test_epochs_do_not_fit_into_everything(tmp_path: Path) -> None:
    _, learning = configs(tmp_path)
    learning.write_text('{"trainer": 3}')
    with pytest.raises(ConfigError, match=r"--epochs 2: 'trainer' is 3"):
        read_templates(None, None, learning, size="tiny", epochs=2)


def test_exchanged_configs_are_refused(tmp_path: Path) -> None:
    model, learning = configs(tmp_path)
    with pytest.raises(ConfigError, match="this is no model config, it has no 'net'"):
        read_templates(None, learning, model, size="tiny", epochs=None)
