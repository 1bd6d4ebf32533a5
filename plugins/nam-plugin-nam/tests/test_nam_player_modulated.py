"""The player in plain numpy against nets whose weights the knobs change: at a setting, while it moves, and baked."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

import nam_kernel
from nam_kernel import BaseNet
from nam_kernel.errors import ModelFileError
from nam_kernel.models import document_of
from nam_kernel.run import bind, make, prove
from nam_plugin_nam.player.runner import Player

pytest.importorskip("nam_plugin_parametric")

CONDITIONS: list[Any] = [
    {"name": "gain", "low": 0.0, "high": 10.0, "default": 3.0},
    {"name": "cut", "low": 20.0, "high": 2000.0, "curve": "log", "default": 300.0},
    {"name": "mode", "choices": ["clean", "lead"]},
    "tone",
]
ALL_SITES = ["conv_post", "activation_pre", "layer1x1_post", "head1x1_post"]
GATED = {"name": "PairMultiply", "primary": "Tanh", "secondary": "Sigmoid"}


def stack(inputs: int, channels: int, to_head: int, bias: bool, **more: Any) -> dict[str, Any]:
    return {
        "input_size": inputs,
        "condition_size": 1,
        "channels": channels,
        "kernel_size": 3,
        "dilations": [1, 2, 4],
        "activation": "Tanh",
        "head": {"out_channels": to_head, "kernel_size": 1, "bias": bias},
        **more,
    }


ONE = [stack(1, 3, 1, True)]
TWO = [
    stack(1, 4, 2, False, activation=GATED, head_1x1_config={"active": True, "out_channels": 2}),
    stack(4, 2, 1, True, head={"out_channels": 1, "kernel_size": 3, "bias": True}),
]
NETS: dict[str, tuple[str, dict[str, Any]]] = {
    "FiLM": ("FiLMWaveNet", {"layers_configs": ONE}),
    "FiLM everywhere": ("FiLMWaveNet", {"layers_configs": TWO, "sites": ALL_SITES, "hidden_sizes": [5, 7]}),
    "low rank": ("HyperWaveNet", {"layers_configs": ONE}),
    "low rank of one": ("HyperWaveNet", {"layers_configs": TWO, "rank": 1, "hidden_sizes": []}),
}


def some_net(name: str, **more: Any) -> BaseNet:
    kind, config = NETS[name]
    torch.manual_seed(0)
    net = nam_kernel.make_net(kind, {"head_scale": 0.5, "conditions": CONDITIONS, **config, **more}).eval()
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return net


def played(net: BaseNet) -> Player:
    return Player(json.loads(json.dumps(document_of(net))))


@pytest.mark.parametrize("name", NETS)
def test_they_sound_like_the_documents_that_they_write(name: str) -> None:
    net, dice = some_net(name), np.random.default_rng(0)
    x = 0.4 * dice.standard_normal(1500)
    moving = np.concatenate((np.linspace(0.0, 10.0, 700), np.full(800, 7.0)))
    for gain in (1.0, moving):
        given = (gain, 500.0, 1.0, 0.25)
        y = net.render(torch.from_numpy(x).float(), *(torch.as_tensor(v).float() for v in given)).detach().numpy()
        assert np.abs(played(net)(x, *given) - y).max() <= 1e-5 * np.abs(y).max()


@pytest.mark.parametrize("name", NETS)
def test_at_a_setting_they_are_the_stock_net_that_is_baked(name: str) -> None:
    net, x = some_net(name), 0.4 * np.random.default_rng(1).standard_normal(1000)
    baked = played(net.bake({"gain": 9.0, "cut": 1234.0, "mode": "lead", "tone": 0.75}))(x)
    assert np.abs(played(net)(x, 9.0, 1234.0, 1.0, 0.75) - baked).max() <= 1e-6 * np.abs(baked).max()


def test_blocks_at_one_setting_are_the_whole() -> None:
    player, x = played(some_net("FiLM everywhere")), 0.4 * np.random.default_rng(1).standard_normal(600)
    given = (2.0, 300.0, 0.0, 0.5)
    for size in (1, 64, 257):
        stream = player.stream()
        pieces = [stream.feed(x[i : i + size], *given) for i in range(0, len(x), size)]
        np.testing.assert_allclose(np.concatenate(pieces), player(x, *given), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", NETS)
def test_the_kernel_proves_their_files(name: str, tmp_path: Any) -> None:
    net, exporter = some_net(name), bind("exporter", "nam", {})
    assert prove(net, exporter, make(exporter)(net, tmp_path, "model", {})[0]).passed


def test_slopes_that_the_knobs_change_stay_unproven() -> None:
    layers = [stack(1, 3, 1, True, activation={"name": "PReLU", "negative_slopes": [0.1, 0.2, 0.3]})]
    with pytest.raises(ModelFileError, match="the slopes of PReLU change, too"):
        played(some_net("low rank", layers_configs=layers))
