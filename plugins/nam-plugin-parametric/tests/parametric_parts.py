"""What the tests of this plugin share: knobs of every kind, and random nets of every kind."""

from __future__ import annotations

from typing import Any

import torch

from nam_kernel import BaseNet, make_net

KNOBS: list[Any] = [
    {"name": "gain", "low": 0, "high": 10, "default": 5, "step": 0.5},
    {"name": "mid", "low": 200, "high": 2000, "default": 500, "unit": "Hz", "curve": "log"},
    {"name": "mode", "choices": ["clean", "crunch", "lead"], "default": 1},
]

GATED = {"name": "PairMultiply", "primary": "Tanh", "secondary": "Sigmoid"}
BLENDED = {"name": "PairBlend", "primary": {"name": "LeakyReLU", "negative_slope": 0.2}, "secondary": "Sigmoid"}
ACTIVATIONS = ["Tanh", "ReLU", {"name": "PReLU", "negative_slopes": [0.1, 0.2, 0.3, 0.4]}, GATED, BLENDED]

ALL_SITES = ["conv_post", "activation_pre", "layer1x1_post", "head1x1_post"]


def stack(**changes: Any) -> dict[str, Any]:
    return {
        "input_size": 1,
        "condition_size": 1,
        "channels": 4,
        "kernel_size": 3,
        "dilations": [1, 3],
        "activation": "Tanh",
        "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
        **changes,
    }


def config_of(kind: str, **changes: Any) -> dict[str, Any]:
    if kind == "ConcatLSTM":
        return {"hidden_size": 5, "num_layers": 2, "conditions": KNOBS}
    layers = [
        stack(head={"out_channels": 4, "kernel_size": 1, "bias": False}, **changes),
        stack(input_size=4, dilations=[9], **changes),
    ]
    return {"layers_configs": layers, "head_scale": 0.5, "conditions": KNOBS}


def random_net(kind: str, seed: int = 0, *, config: dict[str, Any] | None = None, spread: float = 0.4) -> BaseNet:
    torch.manual_seed(seed)
    net = make_net(kind, config or config_of(kind))
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.normal_(std=spread)
    net.sample_rate = 48000.0
    return net.eval()


def noise(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) - 0.5
