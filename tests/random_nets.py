"""Random nets of every architecture and form, made of the documents of model files, for the tests of exporters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nam_kernel import BaseNet, Condition
from nam_kernel.models import net_of

Dice = np.random.Generator
SITES = (
    *("conv_pre_film", "conv_post_film", "input_mixin_pre_film", "input_mixin_post_film"),
    *("activation_pre_film", "activation_post_film", "layer1x1_post_film", "head1x1_post_film"),
)
ACTIVATIONS = (
    *("Tanh", "Fasttanh", "Hardtanh", "LeakyHardtanh", "ReLU", "Sigmoid", "SiLU", "Hardswish", "Softsign"),
    {"type": "LeakyReLU", "negative_slope": 0.2},
    {"type": "PReLU", "negative_slopes": [0.1, 0.3]},
    {"type": "LeakyHardtanh", "min_val": -0.5, "max_val": 0.75, "min_slope": 0.25, "max_slope": 0.1},
)


def activation(dice: Dice) -> Any:
    return ACTIVATIONS[int(dice.integers(len(ACTIVATIONS)))]


def stack(dice: Dice, inputs: int, condition: int) -> dict[str, Any]:
    """Return a stack of two channels with whatever the dice choose; its shares have two channels, too."""
    depth = int(dice.integers(1, 4))
    modes = [str(dice.choice(["none", "gated", "blended"])) for _ in range(depth)]
    on = [site for site in SITES if dice.random() < 0.4]
    return {
        "input_size": inputs,
        "condition_size": condition,
        "channels": 2,
        "bottleneck": 2,
        "kernel_sizes": dice.integers(1, 4, depth).tolist(),
        "dilations": dice.integers(1, 9, depth).tolist(),
        "activation": [activation(dice) for _ in modes],
        "gating_mode": modes,
        "secondary_activation": [None if mode == "none" else activation(dice) for mode in modes],
        "groups_input": int(dice.integers(1, 3)),
        "groups_input_mixin": int(dice.integers(1, condition + 1)),
        "layer1x1": {"active": True, "groups": int(dice.integers(1, 3))},
        "head1x1": {"active": True, "out_channels": 2, "groups": int(dice.integers(1, 3))},
        "head": {"out_channels": 2, "kernel_size": int(dice.integers(1, 4)), "bias": bool(dice.random() < 0.5)},
        **{site: {"active": True, "shift": bool(dice.random() < 0.5)} for site in on},
    }


def wavenet(dice: Dice, condition: int = 1) -> dict[str, Any]:
    stacks = [stack(dice, 1, condition), stack(dice, 2, condition)]
    post = {"channels": 2, "out_channels": 1, "kernel_sizes": [2, 3], "activation": activation(dice)}
    if dice.random() < 0.5:
        stacks[-1]["head"]["out_channels"] = 1
        return {"layers": stacks, "head": None, "head_scale": 0.5}
    return {"layers": stacks, "head": post, "head_scale": 0.5}


def plain(dice: Dice) -> dict[str, Any]:
    """Return a WaveNet as the oldest files have it."""
    shared = {"condition_size": 1, "kernel_size": 3, "dilations": [1, 2, 4], "gated": bool(dice.random() < 0.5)}
    first = {"input_size": 1, "channels": 4, "head_size": 2, "activation": "Tanh", "head_bias": False}
    second = {"input_size": 4, "channels": 2, "head_size": 1, "activation": "ReLU", "head_bias": True}
    return {"layers": [{**shared, **first}, {**shared, **second}], "head": None, "head_scale": 0.5}


OF_CHANNELS = ("LSTM of three channels", "WaveNet of three channels")
"""Kinds of nets beside the architectures: those that hear knobs without names in place of the audio alone."""

PARAMS = (
    {"name": "gain", "min": 0.0, "max": 10.0, "default": 4.0, "type": "continuous"},
    {"name": "mode", "min": 0, "max": 2, "default": 1, "type": "switch", "enum_names": ["clean", "crunch", "lead"]},
    {"name": "tone", "min": 2.0, "max": 4.0, "default": 3.0, "type": "continuous", "own": {"curve": "log"}},
)
"""A knob, a switch, and a knob from 100 to 10000 along a logarithmic curve, which make five channels."""


def fed(config: dict[str, Any], channels: int) -> dict[str, Any]:
    """Return the config of a WaveNet that hears so many channels wherever it heard the audio."""
    first, *others = ({**layer, "condition_size": channels} for layer in config["layers"])
    return {**config, "layers": [{**first, "input_size": channels}, *others], "in_channels": channels}


def concatenated(config: dict[str, Any]) -> dict[str, Any]:
    """Return the config of a net that hears ``PARAMS``, of one that hears six channels."""
    return {**{key: config[key] for key in config if key != "in_channels"}, "params": list(PARAMS)}


def config_of(dice: Dice, kind: str) -> dict[str, Any]:
    return {
        "CatLSTM": lambda: {"input_size": 3, "hidden_size": 3, "num_layers": 2, "conditions": ["gain", "tone"]},
        "ConcatLSTM": lambda: {"hidden_size": 3, "num_layers": int(dice.integers(1, 3)), "params": list(PARAMS)},
        "ConcatWaveNet": lambda: concatenated(fed([wavenet, plain][int(dice.integers(2))](dice), 6)),
        "ConditionedWaveNet": lambda: wavenet(dice, 2),
        "ConvNet": lambda: {
            "channels": 3,
            "dilations": [1, 3],
            "batchnorm": bool(dice.random() < 0.5),
            "activation": str(dice.choice(["Tanh", "ReLU"])),
        },
        "LSTM": lambda: {"input_size": 1, "hidden_size": 3, "num_layers": int(dice.integers(1, 3))},
        "LSTM of three channels": lambda: {**config_of(dice, "LSTM"), "input_size": 3, "in_channels": 3},
        "Linear": lambda: {"receptive_field": int(dice.integers(1, 600)), "bias": bool(dice.random() < 0.5)},
        "Sequential": lambda: {"models": [document(dice, name) for name in ("LSTM", "WaveNet", "Linear")]},
        "SlimmableContainer": lambda: {
            "submodels": [
                {"max_value": 0.5, "model": document(dice, "Linear")},
                {"max_value": 1.0, "model": document(dice, "WaveNet")},
            ]
        },
        "WaveNet": lambda: [wavenet, plain, with_condition_net][int(dice.integers(3))](dice),
        "WaveNet of three channels": lambda: fed([wavenet, plain][int(dice.integers(2))](dice), 3),
    }[kind]()


def with_condition_net(dice: Dice) -> dict[str, Any]:
    return {**plain(dice), "condition_dsp": document(dice, str(dice.choice(["LSTM", "Linear"])))}


def document(dice: Dice, kind: str) -> dict[str, Any]:
    architecture, config = kind.partition(" ")[0], config_of(dice, kind)
    described = {"architecture": architecture, "config": config, "sample_rate": 48000, "version": "0.7.0"}
    return {**described, "weights": (0.1 + 0.3 * dice.random(_count(architecture, config))).tolist()}


def _count(architecture: str, config: dict[str, Any]) -> int:
    """Return how many weights belong to a config, as the net's own class counts them."""
    name = {
        "CatLSTM": "nam_plugin_lstm.cat:CatLSTM",
        "ConcatLSTM": "nam_plugin_parametric.concat:ConcatLSTM",
        "ConcatWaveNet": "nam_plugin_parametric.concat:ConcatWaveNet",
        "ConditionedWaveNet": "nam_plugin_wavenet.net:WaveNet",
        "ConvNet": "nam_plugin_convnet.net:ConvNet",
        "LSTM": "nam_plugin_lstm.net:LSTM",
        "Linear": "nam_plugin_linear.net:Linear",
        "WaveNet": "nam_plugin_wavenet.net:WaveNet",
    }.get(architecture)
    if name is None:
        return 0
    module, _, cls = name.partition(":")
    return len(getattr(pytest.importorskip(module), cls).from_exported(config, 48000.0).export_weights())


def some_net(kind: str, seed: int) -> BaseNet:
    """Return a random net of an architecture, or one of ``OF_CHANNELS``."""
    for module in ("container", "convnet", "linear", "lstm", "sequential", "wavenet"):
        pytest.importorskip(f"nam_plugin_{module}")
    dice = np.random.default_rng(seed)
    net = net_of(document(dice, kind))
    return net.at_size(1.0) if net.outputs else net


def some_knobs(net: BaseNet, dice: Dice, steps: int, length: int) -> Any:
    """Return settings of a net's knobs that move at every ``length`` samples: (K, steps * length)."""

    def some(condition: Condition) -> Any:
        if condition.choices:
            return dice.integers(len(condition.choices), size=steps)
        return dice.uniform(condition.low, condition.high, steps)

    rows = [np.repeat(some(condition), length) for condition in net.conditions or ()]
    return np.array(rows, np.float32).reshape(-1, steps * length)
