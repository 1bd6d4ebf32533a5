"""Knobs that move while a recording is rendered, as a table of values over time says."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

import nam_kernel
from nam_kernel.errors import UserError
from nam_plugin_nam.render import main

X = np.linspace(-0.5, 0.5, 400, dtype=np.float32)


@pytest.fixture
def model(amp, tmp_path):
    """A gain in dB, and a switch of the polarity."""
    net = amp()
    net.sample_rate = 8000
    soundfile.write(tmp_path / "x.wav", X, 8000, subtype="FLOAT")
    return nam_kernel.write_model(net, tmp_path / "m.nam")


@pytest.mark.parametrize(("unit", "scale"), [("samples", 1), ("seconds", 1 / 8000)])
def test_a_knob_moves_in_a_straight_line_and_a_switch_jumps(model, tmp_path, unit, scale):
    table = tmp_path / "knobs.csv"
    table.write_text(f"{unit},gain,polarity\n0,0,normal\n{200 * scale},10,turned\n{300 * scale},10,normal\n")
    assert (
        main([str(model), str(tmp_path / "x.wav"), str(tmp_path / "y.wav"), "--automate", str(table), "--block", "64"])
        == 0
    )
    gain = 10 ** (np.interp(np.arange(400), [0, 200], [0, 10]) / 20)
    sign = np.where((np.arange(400) >= 200) & (np.arange(400) < 300), -1, 1)
    np.testing.assert_allclose(soundfile.read(tmp_path / "y.wav")[0], X * gain * sign, atol=1e-5)


def test_the_others_stand_where_they_are_set(model, tmp_path):
    table = tmp_path / "knobs.csv"
    table.write_text("samples,gain\n0,6\n")
    arguments = [
        str(model),
        str(tmp_path / "x.wav"),
        str(tmp_path / "y.wav"),
        "--automate",
        str(table),
        "--set",
        "polarity=turned",
    ]
    assert main(arguments) == 0
    np.testing.assert_allclose(soundfile.read(tmp_path / "y.wav")[0], -X * 10 ** (6 / 20), atol=1e-6)


@pytest.mark.parametrize(
    ("table", "more", "sentence"),
    [
        ("samples,gian\n0,2\n", [], "no knob 'gian'; did you mean 'gain'"),
        ("samples,gain\n0,32\n", [], ": line 2: gain is 32; it goes from -40 to 20 dB"),
        ("time,gain\n0,2\n", [], "named seconds or samples"),
        ("samples,gain\n0,2\n", ["--set", "gain=3"], "gain moves in .* and is set as well"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(model, tmp_path, table, more, sentence):
    path = tmp_path / "knobs.csv"
    path.write_text(table)
    with pytest.raises(UserError, match=sentence):
        main([str(model), str(tmp_path / "x.wav"), str(tmp_path / "y.wav"), "--automate", str(path), *more])
    assert not (tmp_path / "y.wav").exists()
