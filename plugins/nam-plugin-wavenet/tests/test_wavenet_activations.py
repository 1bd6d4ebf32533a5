"""The activations against their formulas, at points worked out by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from nam_plugin_wavenet.activations import Blended, FastTanh, build
from nam_plugin_wavenet.names import PARAMETERS, activation_of


@pytest.mark.parametrize(
    ("given", "points"),
    [
        ("Softsign", {-3.0: -0.75, 1.0: 0.5}),
        ("Hardswish", {-4.0: 0.0, 1.0: 4 / 6, 4.0: 4.0}),
        ("LeakyReLU", {-2.0: -0.02, 2.0: 2.0}),
        ({"type": "LeakyReLU", "negative_slope": 0.5}, {-2.0: -1.0}),
        ("PReLU", {-2.0: -0.02, 3.0: 3.0}),
        ("LeakyHardtanh", {-3.0: -1.02, 0.5: 0.5, 2.0: 1.01}),
        (
            {"type": "LeakyHardtanh", "min_val": 0.0, "max_val": 0.9, "min_slope": 0.0, "max_slope": 0.5},
            {-1.0: 0.0, 0.4: 0.4, 1.9: 1.4},
        ),
        ("Hardtanh", {-3.0: -1.0, 0.3: 0.3}),
    ],
)
def test_known_points(given, points):
    module = build(activation_of(given))
    x = torch.tensor([[list(points)]])
    torch.testing.assert_close(module(x), torch.tensor([[list(points.values())]]))


def test_fasttanh_is_close_to_tanh_and_odd():
    x = torch.linspace(-8, 8, 4001)
    y = FastTanh()(x)
    assert (y - x.tanh()).abs().max() < 1.5e-3
    torch.testing.assert_close(y, -y.flip(0))


def test_blending_with_zero_keeps_the_input_and_with_one_takes_the_activation():
    x = torch.tensor([[[2.0, 2.0], [-9.0, 9.0]]])
    y = Blended(nn.Tanh(), nn.Hardsigmoid())(x)
    torch.testing.assert_close(y, torch.tensor([[[2.0, 0.9640276]]]))


def test_every_activation_of_a_player_can_be_built():
    for name in PARAMETERS:
        assert build(activation_of(name))(torch.zeros(1, 2, 3)).shape == (1, 2, 3)
