"""Claims about ``info`` and ``render``."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from nam_kernel import Condition, read_model, write_model
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
    different, other = sound(tmp_path, np.stack([x, -x], 1)), tmp_path / "other.wav"
    with pytest.raises(DataError, match="--channel 1 to 2"):
        render.main([str(model), str(different), str(other)])
    render.main([str(model), str(different), str(other), "--channel", "2"])
    assert np.array_equal(soundfile.read(other, dtype="float32")[0], -x)
    with pytest.raises(DataError, match="--channel 3 is none of them"):
        render.main([str(model), str(different), str(tmp_path / "third.wav"), "--channel", "3"])


@pytest.mark.parametrize(
    ("samples", "rate", "told"),
    [(np.zeros(9), 48000, "44100 Hz"), (np.zeros(0), RATE, "is empty"), (np.array([0.0, np.nan]), RATE, "not numbers")],
)
def test_a_recording_that_does_not_fit_is_explained(
    tmp_path: Path, model: Path, samples: Any, rate: int, told: str
) -> None:
    out = tmp_path / "out.wav"
    out.write_text("precious")
    with pytest.raises(DataError, match=told):
        render.main([str(model), str(sound(tmp_path, samples, rate)), str(out), "--force"])
    assert out.read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["--slim", "0.5"], "one size only"), (["--slim", "2"], "from 0 to 1"), (["--block", "0"], "at least 1")],
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


def test_a_recording_is_a_file(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "endless.wav").symlink_to("/dev/zero")
    (tmp_path / "folder.wav").mkdir()
    out = str(tmp_path / "o.wav")
    for name, told in (("pipe", "a device or a pipe"), ("endless", "a device or a pipe"), ("folder", "is a folder")):
        with pytest.raises(DataError, match=told):
            render.main([str(model), str(tmp_path / f"{name}.wav"), out])
    monkeypatch.setattr(render, "MOST_SAMPLES", 8)
    with pytest.raises(DataError, match="longer than can be played at once"):
        render.main([str(model), str(sound(tmp_path, np.zeros(9))), out])


@pytest.fixture
def knobs(tmp_path: Path, amp: Any) -> Path:
    """A file of a net with a knob in dB and a switch."""
    return write_model(amp(float(RATE)), tmp_path / "knobs.nam")


@pytest.mark.parametrize(
    ("arguments", "factor"),
    [
        ([], 1.0),
        (["--set", "gain=-20"], 0.1),
        (["--set", "polarity=turned"], -1.0),
        (["--set", "polarity=1", "--set", " gain = -6.0206 "], -0.5),
    ],
)
def test_knobs_and_switches_are_set_and_otherwise_at_their_defaults(
    tmp_path: Path, knobs: Path, arguments: list[str], factor: float
) -> None:
    x = np.linspace(-1, 1, 1001, dtype=np.float32)
    out = tmp_path / "out.wav"
    assert render.main([str(knobs), str(sound(tmp_path, x)), str(out), "--block", "300", *arguments]) == 0
    assert np.allclose(soundfile.read(out, dtype="float32")[0], factor * x, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--set", "gian=1"], "no knob 'gian'; it has: gain, polarity"),
        (["--set", "gain=21"], "gain is 21; it goes from -40 to 20 dB"),
        (["--set", "gain=nan"], "gain is nan"),
        (["--set", "gain=loud"], "gain is 'loud'; expected a number"),
        (["--set", "polarity=up"], "polarity is 'up'; expected one of normal, turned"),
        (["--set", "gain"], "expected NAME=VALUE"),
        (["--set", "=1"], "expected NAME=VALUE"),
        (["--set", "gain=1", "--set", "gain=2"], "gain was set to 1 already"),
    ],
)
def test_a_setting_that_makes_no_sense_is_explained(
    tmp_path: Path, knobs: Path, arguments: list[str], told: str
) -> None:
    with pytest.raises(UserError, match=told):
        render.main([str(knobs), str(sound(tmp_path, np.zeros(9))), str(tmp_path / "out.wav"), *arguments])
    assert not (tmp_path / "out.wav").exists()


def test_a_model_without_knobs_has_none_to_set(tmp_path: Path, model: Path) -> None:
    with pytest.raises(UserError, match="no knob 'gain'; it has: none"):
        render.main([str(model), str(sound(tmp_path, np.zeros(9))), str(tmp_path / "out.wav"), "--set", "gain=1"])


def test_a_model_that_does_not_declare_its_conditions_is_refused(
    tmp_path: Path, amp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(amp, "conditions", None)
    with pytest.raises(DataError, match="does not say which conditions it takes"):
        render.render(amp(), sound(tmp_path, np.zeros(9)), tmp_path / "out.wav")


ACCELERATOR = """
from nam_kernel import hookimpl

@hookimpl
def nam_accelerate(net, device):
    import pathlib

    def forward(x, *conditions, pad_start=None):
        with pathlib.Path({count!r}).open("a") as file:
            file.write(f"{{x.shape[1]}} ")
        return net(x, *conditions, pad_start=pad_start)

    return forward
"""


def test_an_accelerator_plays_the_recording(tmp_path: Path, model: Path, install: Any) -> None:
    install("fast", ACCELERATOR.format(count=str(tmp_path / "count")))
    x = sound(tmp_path, np.zeros(9))
    render.main([str(model), str(x), str(tmp_path / "out.wav"), "--block", "4"])
    assert (tmp_path / "count").read_text().split()[-3:] == ["4", "4", "1"]


def test_info_shows_knobs_and_switches(knobs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    info.main([str(knobs)])
    told = capsys.readouterr().out
    assert "knob gain        -40 to 20 dB; 0 by default" in told
    assert "switch polarity  normal, turned; normal by default" in told


@pytest.mark.parametrize(
    ("default", "told"), [(-math.inf, "any number; it has to be set"), (2.0, "any number; 2 by default")]
)
def test_info_tells_a_knob_of_unknown_range(
    knobs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, default: float, told: str
) -> None:
    unbounded = (Condition("mid", -math.inf, math.inf, default),)
    monkeypatch.setattr(type(read_model(knobs)), "conditions", unbounded)
    info.main([str(knobs)])
    assert f"knob mid         {told}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("proof", "told"),
    [
        ({"largest_error": 5.4e-7, "played": "whole"}, "within 5.4e-07 of the net's peak, played whole"),
        ({"largest_error": None}, '{"largest_error": null}'),
        ("yes", "yes"),
    ],
)
def test_info_says_how_a_file_was_proven(tmp_path: Path, gain: Any, proof: Any, told: str) -> None:
    path = write_model(gain(), tmp_path / "m.nam", {"proof": proof})
    assert ("proof", told) in info.describe(path)


def test_info_says_who_made_which_part(tmp_path: Path, gain: Any) -> None:
    maker = {"component": "A", "from": "b", "version": "1"}
    roles = {
        "net": "net by",
        "train": "training data by",
        "train[1]": "training data 2 by",
        "validation": "validation data by",
        "loss.ESR": "loss ESR by",
        "export.nam": "exporter nam by",
        "trainer": "trainer by",
        "an older role": "an older role by",
    }
    path = write_model(gain(), tmp_path / "m.nam", {"made_by": dict.fromkeys(roles, maker)})
    rows = info.describe(path)
    assert [row for row in rows if row[1] == "A b 1"] == [(label, "A b 1") for label in roles.values()]


def test_the_help_of_a_command_is_the_first_line_of_its_module() -> None:
    assert info.__doc__ == "Show what a model file holds."
    assert render.__doc__ == "Play a recording through a model, as a player would."


def test_info_is_a_table_of_what_the_file_holds(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert info.main([str(model)]) == 0
    lines = {line.split("  ")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines["architecture"].endswith("Gain")
    assert lines["sample rate"].endswith("44100 Hz")
    assert lines["parameters"].endswith("1")
    assert lines["name"].endswith("Clipper")
    assert "dB re full scale" in lines["loudness"]
    assert "tone_type" not in lines
