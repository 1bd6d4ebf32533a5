"""A net that does not declare its knobs is played by the names of what its forward takes, or by their numbers."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
import torch

from nam_kernel.errors import UserError
from nam_kernel.interfaces import BaseNet
from nam_kernel.interfaces.adopt import adopt
from nam_plugin_nam.render import render


class Driven(torch.nn.Module):
    receptive_field = 1
    sample_rate = 48000.0

    def forward(self, audio_input, gain_param, tone_param, pad_start=None):
        return audio_input * gain_param + tone_param


@pytest.fixture
def net() -> BaseNet:
    return adopt(Driven(), "the test")


@pytest.mark.parametrize("values", [{"gain_param": 2.0, "tone_param": "0.25"}, {"1": 2, "2": "0.25"}])
def test_by_name_or_number(net, values, tmp_path):
    x = np.array([0.1, -0.2, 0.3], np.float32)
    soundfile.write(tmp_path / "x.wav", x, 48000, subtype="FLOAT")
    render(net, tmp_path / "x.wav", tmp_path / "y.wav", values)
    np.testing.assert_allclose(soundfile.read(tmp_path / "y.wav")[0], 2.0 * x + 0.25, atol=1e-6)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "add --set gain_param=VALUE --set tone_param=VALUE"),
        ({"1": 2}, "add --set tone_param=VALUE"),
        ({"gian": 2, "tone_param": 1}, "no knob 'gian'; it has: gain_param, tone_param"),
        ({"3": 2}, "no knob '3'"),
        ({"1": "loud", "2": 1}, "takes a number"),
    ],
)
def test_what_is_missing_or_wrong_is_told(net, values, sentence, tmp_path):
    soundfile.write(tmp_path / "x.wav", np.zeros(3), 48000)
    with pytest.raises(UserError, match=sentence):
        render(net, tmp_path / "x.wav", tmp_path / "y.wav", values)
    assert not (tmp_path / "y.wav").exists()
