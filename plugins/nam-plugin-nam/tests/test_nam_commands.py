"""Claims about ``info`` and ``render``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from nam_kernel import write_model
from nam_kernel.errors import DataError, UserError
from nam_plugin_nam import info, render

RATE = 44100


@pytest.fixture
def model(tmp_path: Path, gain: Any) -> Path:
    """A file of a net that clips at 0.5."""
    return write_model(gain(0.5, sample_rate=float(RATE)), tmp_path / "m.nam", {"name": "Clipper", "tone_type": None})


def sound(folder: Path, samples: Any, rate: int = RATE, name: str = "in.wav") -> Path:
    soundfile.write(folder / name, samples, rate, subtype="FLOAT")
    return folder / name


def test_render_writes_float32_of_the_inputs_length(tmp_path: Path, model: Path) -> None:
    x = np.linspace(-1, 1, 1001, dtype=np.float32)
    assert render.main([str(model), str(sound(tmp_path, x)), str(tmp_path / "out.wav"), "--block", "7"]) == 0
    header = soundfile.info(tmp_path / "out.wav")
    assert (header.samplerate, header.channels, header.subtype, header.format) == (RATE, 1, "FLOAT", "WAV")
    y, _ = soundfile.read(tmp_path / "out.wav", dtype="float32")
    assert np.array_equal(y, x.clip(-0.5, 0.5))


def test_equal_channels_are_one_and_different_ones_need_a_choice(tmp_path: Path, model: Path) -> None:
    x = np.linspace(-0.4, 0.4, 50, dtype=np.float32)
    out = tmp_path / "out.wav"
    render.main([str(model), str(sound(tmp_path, np.stack([x, x], 1))), str(out)])
    assert np.array_equal(soundfile.read(out, dtype="float32")[0], x)
    different = sound(tmp_path, np.stack([x, -x], 1))
    with pytest.raises(DataError, match="--channel 1 to 2"):
        render.main([str(model), str(different), str(out)])
    render.main([str(model), str(different), str(out), "--channel", "2"])
    assert np.array_equal(soundfile.read(out, dtype="float32")[0], -x)
    with pytest.raises(DataError, match="--channel 3 is none of them"):
        render.main([str(model), str(different), str(out), "--channel", "3"])


@pytest.mark.parametrize(
    ("samples", "rate", "told"),
    [
        (np.zeros(9), 48000, "44100 Hz"),
        (np.zeros(0), RATE, "is empty"),
        (np.array([0.0, np.nan]), RATE, "not numbers"),
    ],
)
def test_a_recording_that_does_not_fit_is_explained(
    tmp_path: Path, model: Path, samples: Any, rate: int, told: str
) -> None:
    out = tmp_path / "out.wav"
    out.write_text("precious")
    with pytest.raises(DataError, match=told):
        render.main([str(model), str(sound(tmp_path, samples, rate)), str(out)])
    assert out.read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--slim", "0.5"], "one size only"),
        (["--slim", "2"], "from 0 to 1"),
        (["--block", "0"], "at least 1"),
    ],
)
def test_an_option_that_makes_no_sense_is_explained(
    tmp_path: Path, model: Path, arguments: list[str], told: str
) -> None:
    with pytest.raises(UserError, match=told):
        render.main([str(model), str(sound(tmp_path, np.zeros(9))), str(tmp_path / "out.wav"), *arguments])


def test_render_explains_a_missing_file_a_text_and_a_missing_folder(tmp_path: Path, model: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound")
    x = sound(tmp_path, np.zeros(9))
    for source, target, told in (
        (tmp_path / "none.wav", tmp_path / "o.wav", "no such file"),
        (tmp_path / "text.wav", tmp_path / "o.wav", "not an audio file"),
        (x, tmp_path / "nowhere" / "o.wav", "is not a folder"),
    ):
        with pytest.raises(UserError, match=told):
            render.main([str(model), str(source), str(target)])


def test_info_is_a_table_of_what_the_file_holds(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert info.main([str(model)]) == 0
    lines = {line.split("  ")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines["architecture"].endswith("Gain")
    assert lines["sample rate"].endswith("44100 Hz")
    assert lines["parameters"].endswith("1")
    assert lines["name"].endswith("Clipper")
    assert "dB re full scale" in lines["loudness"]
    assert "tone_type" not in lines
