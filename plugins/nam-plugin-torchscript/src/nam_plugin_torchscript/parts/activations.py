"""The activations that a document can name, with the parameters and defaults that players have for them."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn


class FastTanh(nn.Module):
    """The rational approximation of tanh that players have under the name ``Fasttanh``, by Aleksey Vaneev."""

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, l) for (B, C, l)."""
        size, square = x.abs(), x * x
        above = x * (2.45550750702956 * (1.0 + size) + (0.893229853513558 + 0.821226666969744 * size) * square)
        below = 2.44506634652299 + (2.44506634652299 + square) * (x + 0.814642734961073 * x * size).abs()
        return above / below


class Leaky(nn.Module):
    """
    A ramp that goes on below zero with a smaller slope, one for all channels or one for each.

    :param slopes: (1,) or (C,)
    """

    slope: Tensor

    def __init__(self, slopes: Any) -> None:
        super().__init__()
        self.register_buffer("slope", torch.tensor(slopes, dtype=torch.float32)[:, None])

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, l) for (B, C, l)."""
        return x.clamp(min=0.0) + self.slope * x.clamp(max=0.0)


class LeakyHardTanh(nn.Module):
    """A straight line between two values, and beyond them lines of other slopes."""

    def __init__(self, low: float, high: float, below: float, above: float) -> None:
        super().__init__()
        self.low, self.high, self.below, self.above = low, high, below, above

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, l) for (B, C, l)."""
        under, over = (x - self.low).clamp(max=0.0), (x - self.high).clamp(min=0.0)
        return x.clamp(self.low, self.high) + self.below * under + self.above * over


_PLAIN: Mapping[str, Callable[[], nn.Module]] = {
    "Tanh": nn.Tanh,
    "Fasttanh": FastTanh,
    "Hardtanh": nn.Hardtanh,
    "ReLU": nn.ReLU,
    "Sigmoid": nn.Sigmoid,
    "SiLU": nn.SiLU,
    "Hardswish": nn.Hardswish,
    "Softsign": nn.Softsign,
}


def activation_of(described: Any, channels: int) -> nn.Module:
    """
    Return the activation that a document describes.

    :param described: its name, or an object with the name as ``type`` and parameters
    :param channels: of the signals that it is for
    :raises ValueError: when no player knows it, or its slopes are for another number of channels
    """
    given: Mapping[str, Any] = {"type": described} if isinstance(described, str) else described
    name = given["type"]
    if name in _PLAIN:
        return _PLAIN[name]()
    if name == "LeakyReLU" or (name == "PReLU" and ("negative_slope" in given or "negative_slopes" not in given)):
        return Leaky([float(given.get("negative_slope", 0.01))])
    if name == "PReLU":
        slopes = [float(slope) for slope in given["negative_slopes"]]
        if len(slopes) not in (1, channels):
            raise ValueError(f"PReLU has {len(slopes)} slopes for {channels} channels")
        return Leaky(slopes)
    if name not in ("LeakyHardtanh", "LeakyHardTanh"):
        raise ValueError(f"the activation '{name}' is not known here")
    low, high = float(given.get("min_val", -1.0)), float(given.get("max_val", 1.0))
    return LeakyHardTanh(low, high, float(given.get("min_slope", 0.01)), float(given.get("max_slope", 0.01)))
