"""Knobs in their own units: for each signal of a batch, from block to block, and those that are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import nam_kernel
from nam_plugin_torchscript.building import player_of, quiet, script
from nam_plugin_torchscript.parts.encoded import Encoding
from nam_plugin_torchscript.write import refuses
from random_nets import OF_CHANNELS, PARAMS, some_net

SETTINGS = [[0.0, 0.0, 100.0], [7.5, 2.0, 2500.0], [10.0, 1.0, 10000.0]]
STACK = {
    "input_size": 1,
    "condition_size": 1,
    "channels": 3,
    "kernel_size": 3,
    "dilations": [1, 2, 4],
    "activation": "Tanh",
    "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
}


def test_an_encoding_is_what_files_with_knobs_say() -> None:
    """-1 to 1 over the range, and beyond; one of as many as there are positions; -1 to 1 over two decades."""
    with quiet():
        encoding: Any = torch.jit.script(Encoding(PARAMS))
    knobs = torch.tensor([[7.5, 2.0, 1000.0], [-1.0, 0.4, 100.0]])[..., None]
    expected = [[0.5, 0.0, 0.0, 1.0, 0.0], [-1.2, 1.0, 0.0, 0.0, -1.0]]
    np.testing.assert_allclose(encoding(knobs)[..., 0], expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["ConcatLSTM", "ConcatWaveNet", *OF_CHANNELS])
def test_each_signal_has_its_own_setting(kind: str) -> None:
    net = some_net(kind, 3)
    module, dice = script(player_of(net)), np.random.default_rng(0)
    x = torch.from_numpy(0.3 * dice.normal(size=(3, 400))).float()
    knobs = torch.tensor(SETTINGS)[:, : len(net.conditions or ())]
    knobs = knobs / 10000 if kind in OF_CHANNELS else knobs
    whole = module(x, knobs)
    for row in range(3):
        expected = net.render(x[row], *map(float, knobs[row]))
        assert float((whole[row] - expected).abs().max()) <= 1e-5 * float(expected.abs().max())
    module.reset()
    blocks = torch.cat([module.step(x[:, i : i + 64], knobs) for i in range(0, 400, 64)], 1)
    assert torch.allclose(blocks, whole, rtol=0, atol=1e-5 * float(whole.abs().max()))
    defaults = torch.tensor(net.settings())
    assert torch.allclose(module(x), module(x, defaults), rtol=0, atol=1e-7)


@pytest.mark.parametrize("name", ["FiLMWaveNet", "HyperWaveNet"])
def test_knobs_that_change_the_weights_are_refused_with_the_way_out(name: str) -> None:
    pytest.importorskip("nam_plugin_parametric")
    net = nam_kernel.make_net(name, {"layers_configs": [STACK], "conditions": ["gain"]}).eval()
    assert "bake a setting first, nam-kernel bake MODEL.nam OUT.nam" in str(refuses(net))
    assert refuses(net.bake({"gain": 0.5})) is None
