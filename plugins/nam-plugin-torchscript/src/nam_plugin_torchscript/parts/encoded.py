"""
Knobs in their own units, and the channels that a net hears: the ``params`` of a file with knobs (version 1.0.0).

A knob is -1 at its ``min`` and 1 at its ``max``, and goes on beyond; a switch has a channel for each of its
``enum_names``, which is 1 where it stands there. A knob whose ``own`` curve is logarithmic is written in the common
logarithm of the units in which it is given.
"""

from typing import Any

import torch
from torch import Tensor, nn


class Encoding(nn.Module):
    """
    The channels of knobs; each is made of one of them.

    :param params: of a file
    :raises ValueError: when there are none
    """

    source: Tensor
    low: Tensor
    slope: Tensor
    is_log: Tensor
    is_switch: Tensor
    position: Tensor

    def __init__(self, params: Any) -> None:
        super().__init__()
        if not params:
            raise ValueError("it has no params")
        rows = [(i, param, p) for i, param in enumerate(params) for p in range(len(param.get("enum_names") or [0]))]
        self.knobs, self.channels = len(params), len(rows)
        log = [(param.get("own") or {}).get("curve") == "log" for _, param, _ in rows]
        slopes = [2.0 / (param["max"] - param["min"]) for _, param, _ in rows]

        def column(values: list[Any], kind: torch.dtype) -> Tensor:
            return torch.tensor(values, dtype=kind)[:, None]

        self.register_buffer("source", torch.tensor([i for i, _, _ in rows]))
        self.register_buffer("low", column([param["min"] for _, param, _ in rows], torch.float32))
        self.register_buffer("slope", column(slopes, torch.float32))
        self.register_buffer("is_log", column(log, torch.bool))
        self.register_buffer("is_switch", column([bool(p.get("enum_names")) for _, p, _ in rows], torch.bool))
        self.register_buffer("position", column([position for _, _, position in rows], torch.float32))

    def forward(self, knobs: Tensor) -> Tensor:
        """Return (B, E, l) for (B, K, l)."""
        values = knobs.index_select(1, self.source)
        warped = torch.where(self.is_log, values.log10(), values)
        chosen = (values.round() == self.position).to(values.dtype)
        return torch.where(self.is_switch, chosen, self.slope * (warped - self.low) - 1.0)


class Encoded(nn.Module):
    """
    A net that hears its knobs as channels beside the audio.

    :param net: takes 1 + E channels
    :raises ValueError: when it takes others
    """

    def __init__(self, encoding: Encoding, net: Any) -> None:
        super().__init__()
        if net.inputs != 1 + encoding.channels:
            raise ValueError(f"its net hears {net.inputs - 1} channels of {encoding.channels}")
        self.encoding, self.net = encoding, net
        self.inputs: int = 1 + encoding.knobs
        self.outputs: int = net.outputs

    def forward(self, x: Tensor, memory: list[Tensor]) -> Tensor:
        """Return (B, 1, l) for (B, 1 + K, l)."""
        y: Tensor = self.net(torch.cat((x[:, :1], self.encoding(x[:, 1:])), 1), memory)
        return y
