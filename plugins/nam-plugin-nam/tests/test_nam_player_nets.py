"""The player in plain numpy against our own nets: random ones, whose documents it must play as they sound."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from nam_kernel.models import document_of
from nam_plugin_nam.player.film import FILM_SITES
from nam_plugin_nam.player.runner import Player

Document = dict[str, Any]
Dice = np.random.Generator


def some_activation(dice: Dice, channels: int) -> Any:
    slope, slopes = float(dice.uniform(0, 0.5)), dice.uniform(0, 0.5, channels).tolist()
    kinds: tuple[Any, ...] = (
        *("Tanh", "Fasttanh", "Hardtanh", "LeakyHardtanh", "ReLU", "Sigmoid", "SiLU", "Hardswish", "Softsign"),
        {"type": "LeakyReLU", "negative_slope": slope},
        {"type": "PReLU", "negative_slopes": slopes},
        {"type": "LeakyHardtanh", "min_val": -0.5, "max_val": 0.75, "min_slope": 0.25, "max_slope": slope},
    )
    return kinds[dice.integers(len(kinds))]


def some_stack(dice: Dice, inputs: int, channels: int, condition: int, to_head: int, is_first: bool) -> dict[str, Any]:
    """Return a stack of A2 with whatever features the dice choose; all channels are even."""
    depth, has_1x1 = int(dice.integers(1, 4)), bool(dice.random() < 0.75)
    has_head_1x1 = not is_first or bool(dice.random() < 0.5)
    bottleneck = int(dice.choice([2, 4])) if has_1x1 else channels
    modes = dice.choice(["none", "gated", "blended"], depth).tolist()
    most = 2 if condition > 1 else 1
    possible = [
        site
        for site in FILM_SITES
        if (has_1x1 or site != "layer1x1_post_film") and (has_head_1x1 or site != "head1x1_post_film")
    ]
    return {
        "input_size": inputs,
        "condition_size": condition,
        "channels": channels,
        "bottleneck": bottleneck,
        "kernel_sizes": dice.integers(1, 4, depth).tolist(),
        "dilations": dice.integers(1, 9, depth).tolist(),
        "activation": [some_activation(dice, bottleneck) for _ in modes],
        "gating_mode": modes,
        "secondary_activation": [None if mode == "none" else some_activation(dice, bottleneck) for mode in modes],
        "groups_input": int(dice.integers(1, 3)),
        "groups_input_mixin": int(dice.integers(1, most + 1)),
        "layer1x1": {"active": has_1x1, "groups": int(dice.integers(1, 3))},
        # The sum goes on from the head of the stack before, which has as many channels as this stack.
        "head1x1": {"active": has_head_1x1, "out_channels": channels, "groups": int(dice.integers(1, 3))},
        "head": {"out_channels": to_head, "kernel_size": int(dice.integers(1, 4)), "bias": bool(dice.random() < 0.5)},
        **{
            site: {"active": True, "shift": bool(dice.random() < 0.5), "groups": int(dice.integers(1, most + 1))}
            for site in possible
            if dice.random() < 0.3
        },
    }


def some_wavenet(dice: Dice, condition: int = 1) -> dict[str, Any]:
    first, second = (int(n) for n in dice.choice([2, 4], 2))
    post = {"channels": 2, "out_channels": 1, "kernel_sizes": [2, 3], "activation": some_activation(dice, 2)}
    has_post = dice.random() < 0.3
    out = 2 if has_post else 1
    stacks = [
        some_stack(dice, 1, first, condition, second, True),
        some_stack(dice, first, second, condition, out, False),
    ]
    if dice.random() < 0.5:
        stacks = [some_stack(dice, 1, first, condition, out, True)]
    return {"layers": stacks, "head": post if has_post else None, "head_scale": 0.5}


def some_config(dice: Dice, kind: str) -> dict[str, Any]:
    """Return the ``config`` of a file of this kind, as the dice will have it."""
    depth = int(dice.integers(1, 4))
    dilations = dice.integers(1, 9, depth).tolist()

    def inner(*kinds: str) -> list[Document]:
        return [some_net(dice, kind)[1] for kind in kinds]

    if kind == "LSTM":
        return {"input_size": 1, "hidden_size": 3, "num_layers": depth}
    if kind == "CatLSTM":
        return {"input_size": 3, "hidden_size": 3, "num_layers": depth, "conditions": ["gain", "tone"]}
    if kind in ("ConvNet", "ConvNet with normalization"):
        activation = dice.choice(["Tanh", "ReLU", "SiLU", "Hardswish", "Softsign"]).item()
        return {"channels": 3, "dilations": dilations, "batchnorm": kind != "ConvNet", "activation": activation}
    if kind == "Linear":
        return {"receptive_field": int(dice.integers(1, 600)), "bias": bool(dice.random() < 0.5)}
    if kind == "Sequential":
        return {"models": inner("LSTM", "ConvNet", "Linear")}
    if kind == "SlimmableContainer":
        listed = zip((0.25, 0.5, 1.0), inner("ConvNet", "LSTM", "WaveNet"), strict=True)
        return {"submodels": [{"max_value": value, "model": model} for value, model in listed]}
    if kind == "WaveNet with a conditioning model":
        return {**some_wavenet(dice), "condition_dsp": inner(dice.choice(["LSTM", "WaveNet"]).item())[0]}
    return some_wavenet(dice, 2 if kind == "ConditionedWaveNet" else 1)


OUR_NETS = {
    "CatLSTM": "nam_plugin_lstm.cat:CatLSTM",
    "ConditionedWaveNet": "nam_plugin_wavenet.net:WaveNet",
    "ConvNet": "nam_plugin_convnet.net:ConvNet",
    "ConvNet with normalization": "nam_plugin_convnet.net:ConvNet",
    "LSTM": "nam_plugin_lstm.net:LSTM",
    "Linear": "nam_plugin_linear.net:Linear",
    "Sequential": "nam_plugin_sequential.net:Sequential",
    "SlimmableContainer": "nam_plugin_container.net:Container",
    "WaveNet": "nam_plugin_wavenet.net:WaveNet",
    "WaveNet with a conditioning model": "nam_plugin_wavenet.net:WaveNet",
}


def some_net(dice: Dice, kind: str) -> tuple[Any, Document]:
    """Return one of our nets with random weights, and the document that it writes."""
    module, name = OUR_NETS[kind].split(":")
    net = getattr(pytest.importorskip(module), name).from_exported(some_config(dice, kind), 48000.0)
    weights = 0.4 * dice.normal(size=len(net.export_weights()))
    net.import_weights((np.abs(weights) + 0.1 if "normalization" in kind else weights).astype(np.float32))
    return net.eval(), document_of(net)


@pytest.mark.parametrize("kind", OUR_NETS)
def test_our_nets_sound_like_the_documents_that_they_write(kind: str) -> None:
    for seed in range(12):
        dice = np.random.default_rng(seed)
        net, written = some_net(dice, kind)
        x = (0.3 * dice.normal(size=1500)).astype(np.float32)
        knobs = np.repeat(dice.uniform(size=(2, 5)), 300, axis=1).astype(np.float32)
        given = list(knobs) if kind in ("CatLSTM", "ConditionedWaveNet") else []
        y = net.render(torch.from_numpy(x), *map(torch.from_numpy, given)).double().numpy()
        # A container has an output for each size, and plays the last.
        y = y[-1] if y.ndim == 2 else y
        assert np.abs(Player(json.loads(json.dumps(written)))(x, *given) - y).max() <= 1e-5 * np.abs(y).max(), seed
