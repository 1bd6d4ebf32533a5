"""Claims about the ``.nam`` file: what is written is read back, and what is damaged is explained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nam_kernel import read_model, write_model
from nam_kernel.errors import ModelFileError, TrainingError, UserError


@pytest.fixture
def file(tmp_path: Path, gain: Any) -> Path:
    """A good file."""
    return write_model(gain(0.5, sample_rate=44100.0), tmp_path / "model.nam")


def test_what_was_written_is_read_back(file: Path, gain: Any) -> None:
    net = read_model(file)
    assert isinstance(net, gain)
    assert (net.limit, net.sample_rate, net.training) == (0.5, 44100.0, False)
    x = torch.linspace(-1, 1, 9)
    assert torch.equal(net.render(x), x.clamp(-0.5, 0.5))


def test_the_document_has_what_players_read(file: Path) -> None:
    document = json.loads(file.read_text())
    assert list(document) == ["version", "metadata", "architecture", "config", "weights", "sample_rate"]
    assert document["version"] == "0.5.4"
    assert set(document["metadata"]["date"]) == {"year", "month", "day", "hour", "minute", "second"}


def test_the_metadata_of_a_file_survives_reading_and_writing(tmp_path: Path, file: Path) -> None:
    document = json.loads(file.read_text())
    document["metadata"] = {"name": "Plexi", "loudness": -12.0}
    file.write_text(json.dumps(document))
    again = write_model(read_model(file), tmp_path / "again.nam")
    assert json.loads(again.read_text()) == document


def test_what_a_user_says_is_written(tmp_path: Path, gain: Any) -> None:
    path = write_model(gain(sample_rate=48000.0), tmp_path / "m.nam", {"name": "Plexi", "input_level_dbu": 18.3})
    metadata = json.loads(path.read_text())["metadata"]
    assert (metadata["name"], metadata["input_level_dbu"]) == ("Plexi", 18.3)


def test_what_json_has_no_number_for_is_null(tmp_path: Path, gain: Any) -> None:
    said = {"training": {"validation_esr": float("inf"), "losses": [0.5, float("nan")]}}
    path = write_model(gain(sample_rate=48000.0), tmp_path / "m.nam", said)
    assert json.loads(path.read_text())["metadata"]["training"] == {"validation_esr": None, "losses": [0.5, None]}


def test_metadata_that_is_no_json_is_explained(tmp_path: Path, gain: Any) -> None:
    with pytest.raises(UserError, match="metadata cannot be written: .*Path"):
        write_model(gain(), tmp_path / "m.nam", {"name": tmp_path})
    assert list(tmp_path.iterdir()) == []


def test_writing_leaves_the_net_in_training_as_it_was(tmp_path: Path, gain: Any) -> None:
    net = gain(sample_rate=48000.0).train()
    write_model(net, tmp_path / "m.nam")
    assert net.training


def test_weights_that_are_not_numbers_are_never_written_over_a_good_file(file: Path, gain: Any) -> None:
    good = file.read_bytes()
    net = gain()
    torch.nn.init.constant_(net.gain, float("nan"))
    with pytest.raises(TrainingError, match="weight 0 is nan"):
        write_model(net, file)
    assert file.read_bytes() == good
    assert [p.name for p in file.parent.iterdir()] == [file.name]


def change(**new: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda document: {**document, **new}


def without(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda document: {k: v for k, v in document.items() if k != key}


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda d: [d], "not a JSON object"),
        (without("version"), "no 'version'"),
        (without("architecture"), "no 'architecture'"),
        (without("config"), "no 'config'"),
        (without("weights"), "no 'weights'"),
        (change(version=5), "'version' is not"),
        (change(version="new"), "is not one such as"),
        (change(version="0.9.0"), "newer than 0.7"),
        (change(version="1.0.0"), "newer than 0.7"),
        (change(version="0.4.0"), "before 0.5"),
        (change(config=[]), "'config' is not"),
        (change(config={}), "limit"),
        (change(config={"limit": "high"}), "high"),
        (change(config={"limit": "high", "submodels": 1}), "high"),
        (change(weights="1"), "'weights' is not"),
        (change(weights=["1"]), "weight 0 is '1'"),
        (change(weights=[True]), "weight 0 is True"),
        (change(weights=[]), "0 weights, but its config describes a net of 1"),
        (change(weights=[1.0, 2.0]), "2 weights"),
        (change(weights=[1e999]), "Infinity"),
        (change(weights=[float("nan")]), "NaN"),
        (change(weights=[1e39]), "weight 0 is 1e+39"),
        (change(config={"limit": 1, "models": [{"weights": [None]}]}), "inside it at models[0]: it has no 'version'"),
        (
            change(
                config={"condition_dsp": {"version": "0.5.4", "architecture": "A", "config": {}, "weights": [None]}}
            ),
            "the model inside it at condition_dsp: weight 0 is None",
        ),
        (change(architecture="Perceptron9000"), "'Perceptron9000'"),
        (change(architecture="ConvNet"), "ConvNet"),
        (change(sample_rate="48k"), "sample_rate"),
        (change(sample_rate=-2), "sample_rate"),
        (change(metadata=3), "'metadata' is not"),
    ],
)
def test_a_damaged_document_is_explained(file: Path, damage: Callable[[Any], Any], told: str) -> None:
    file.write_text(json.dumps(damage(json.loads(file.read_text()))))
    with pytest.raises(ModelFileError) as caught:
        read_model(file)
    assert told in str(caught.value)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("keep", [0, 1, 20, 100, -1])
def test_a_truncated_file_is_explained(file: Path, keep: int) -> None:
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(ModelFileError, match="damaged or cut short"):
        read_model(file)


def test_a_folder_a_missing_file_and_a_binary_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "f.nam").mkdir()
    (tmp_path / "b.nam").write_bytes(b"\xff\x00\xfe\x81")
    for name, told in (("f.nam", "folder"), ("none.nam", "no such file"), ("b.nam", "not text"), ("x.txt", "suffix")):
        with pytest.raises(ModelFileError, match=told):
            read_model(tmp_path / name)


def test_a_file_that_is_absurdly_large_is_not_even_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nam_plugin_nam.opening.LARGEST", 10)
    with pytest.raises(ModelFileError, match="far too large"):
        read_model(file)
