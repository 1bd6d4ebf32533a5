"""The recordings and configs of the demo: written alike every time, never over something, and ready to be trained."""

from __future__ import annotations

import json
import re
import wave
from pathlib import Path

import numpy as np
import pytest

import nam_kernel
from nam_kernel.errors import UserError
from nam_plugin_demo import material
from nam_plugin_demo.command import main
from nam_plugin_demo.material import VALIDATION, write_material, write_wav
from nam_plugin_demo.sound import RATE

FILES = {"di.wav", "amp.wav", "data.json", "model.json", "learning.json"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("demo") / "new"
    write_material(place)
    return place


def configs_in(folder: Path) -> list[Path]:
    return [folder / f"{name}.json" for name in ("data", "model", "learning")]


def samples(path: Path) -> np.ndarray:
    """Read 24 bits as they are written: three bytes, the lowest first, the sign in the highest."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 3, 48000)
        octets = np.frombuffer(file.readframes(file.getnframes()), np.uint8).reshape(-1, 3).astype(np.int64)
    value = octets @ (1, 1 << 8, 1 << 16)
    return (value - (value >> 23 << 24)) / 2**23


def test_the_material_is_two_recordings_of_one_length_and_three_configs(folder: Path) -> None:
    assert {file.name for file in folder.iterdir()} == FILES
    di, amp = samples(folder / "di.wav"), samples(folder / "amp.wav")
    assert len(di) == len(amp) == 24 * RATE
    assert np.abs(di).max() == pytest.approx(0.5)
    assert 0.5 < np.abs(amp).max() < 1.0


def test_the_same_material_is_written_every_time(folder: Path, tmp_path: Path) -> None:
    write_material(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == FILES
    for file in tmp_path.iterdir():
        assert file.read_bytes() == (folder / file.name).read_bytes()


def test_a_wav_file_holds_24_bits(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.array([0.0, 0.5, -0.5, 2**-23, -(2**-23), 2.0, -2.0, 0.3]))
    expected = [0.0, 0.5, -0.5, 2**-23, -(2**-23), 1 - 2**-23, -1.0, round(0.3 * 2**23) / 2**23]
    assert samples(tmp_path / "a.wav").tolist() == expected


def test_the_input_is_silent_between_training_and_validation(folder: Path) -> None:
    di = samples(folder / "di.wav")
    start = len(di) - round(VALIDATION * RATE)
    assert not di[start : start + RATE // 2].any()
    assert di[start + RATE // 2 :].any()
    data = json.loads((folder / "data.json").read_text())
    assert data["train"]["stop_samples"] == -round(VALIDATION * RATE)
    assert data["validation"]["start_samples"] == -round((VALIDATION - 0.5) * RATE)


def test_a_training_on_it_could_start_without_a_warning(folder: Path) -> None:
    run = nam_kernel.check(*configs_in(folder))
    try:
        # 1 + (3 - 1) times the dilations: 127 of the first array, 127 + 256 of the second.
        assert run.net.receptive_field == 1 + 2 * (127 + 128 + 255)
        assert len(run.train) == (round((24 - VALIDATION) * RATE) - run.net.receptive_field + 1) // 8192
        assert run.validation is not None
        assert {finding.severity for finding in run.findings} == {"info"}
    finally:
        run.teardown()


def test_no_train_leaves_it_at_the_material(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "new"), "--no-train"]) == 0
    assert {file.name for file in (tmp_path / "new").iterdir()} == FILES
    told = re.search(r"nam_full (\S+) (\S+) (\S+) (\S+)$", capsys.readouterr().out.strip())
    assert told is not None
    assert [Path(path).name for path in told.groups()] == ["data.json", "model.json", "learning.json", "new"]


def test_the_command_trains_on_a_shorter_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(material, "SECONDS", 8.0)
    monkeypatch.setitem(material.LEARNING["trainer"], "max_epochs", 1)
    monkeypatch.setitem(material.LEARNING["trainer"], "accelerator", "cpu")
    assert main([str(tmp_path)]) == 0
    (model,) = tmp_path.rglob("model.nam")
    assert json.loads(model.read_text())["architecture"] == "WaveNet"
    told = capsys.readouterr().out
    assert f"The model: {model}" in told
    assert told.rstrip().endswith(f"nam_full {' '.join(map(str, configs_in(tmp_path)))} {tmp_path}")


@pytest.mark.parametrize("name", sorted(FILES))
def test_nothing_is_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(UserError, match=rf"{re.escape(name)} already.*name a new folder"):
        main([str(tmp_path), "--no-train"])
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(name, "mine")]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="file.*cannot be written there.*another folder"):
        main([str(tmp_path / "file" / "below"), "--no-train"])
