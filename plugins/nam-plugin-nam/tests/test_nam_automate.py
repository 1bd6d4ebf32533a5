"""Knobs that move while a recording is rendered, as a table of values over time says."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

import nam_kernel
from nam_kernel.errors import UserError
from nam_kernel.models import net_of
from nam_plugin_nam.render import main

X = np.linspace(-0.5, 0.5, 400, dtype=np.float32)


@pytest.fixture
def model(tmp_path):
    """One tap: half of the gain, and the mode a tenth, added to the audio."""
    stack = {
        "input_size": 1,
        "condition_size": 2,
        "channels": 1,
        "kernel_size": 1,
        "dilations": [1],
        "activation": {"type": "LeakyReLU", "negative_slope": 1.0},
        "gated": False,
        "head_size": 1,
        "head_bias": False,
    }
    knobs = [{"name": "gain", "high": 10, "default": 4}, {"name": "mode", "choices": ["a", "b"]}]
    document = {
        "version": "0.6.0",
        "architecture": "ConditionedWaveNet",
        "config": {"layers": [stack], "head": None, "head_scale": 1.0, "conditions": knobs},
        "weights": [1.0, 1.0, 0.0, 0.5, 0.1, 0.0, 0.0, 1.0, 1.0],
        "sample_rate": 8000,
    }
    net = net_of(document)
    soundfile.write(tmp_path / "x.wav", X, 8000, subtype="FLOAT")
    return nam_kernel.write_model(net, tmp_path / "m.nam")


@pytest.mark.parametrize(("unit", "scale"), [("samples", 1), ("seconds", 1 / 8000)])
def test_a_knob_moves_in_a_straight_line_and_a_switch_jumps(model, tmp_path, unit, scale):
    table = tmp_path / "knobs.csv"
    table.write_text(f"{unit},gain,mode\n0,0,a\n{200 * scale},10,b\n{300 * scale},10,a\n")
    assert (
        main([str(model), str(tmp_path / "x.wav"), str(tmp_path / "y.wav"), "--automate", str(table), "--block", "64"])
        == 0
    )
    gain = np.interp(np.arange(400), [0, 200], [0, 10])
    mode = ((np.arange(400) >= 200) & (np.arange(400) < 300)).astype(float)
    np.testing.assert_allclose(soundfile.read(tmp_path / "y.wav")[0], X + 0.5 * gain + 0.1 * mode, atol=1e-5)


def test_the_others_stand_where_they_are_set(model, tmp_path):
    table = tmp_path / "knobs.csv"
    table.write_text("samples,gain\n0,2\n")
    arguments = [
        str(model),
        str(tmp_path / "x.wav"),
        str(tmp_path / "y.wav"),
        "--automate",
        str(table),
        "--set",
        "mode=b",
    ]
    assert main(arguments) == 0
    np.testing.assert_allclose(soundfile.read(tmp_path / "y.wav")[0], X + 1.0 + 0.1, atol=1e-6)


@pytest.mark.parametrize(
    ("table", "more", "sentence"),
    [
        ("samples,gian\n0,2\n", [], "no knob 'gian'; did you mean 'gain'"),
        ("samples,gain\n0,12\n", [], "line 2: gain is 12; it goes from 0 to 10"),
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
