"""The activations that a player knows, as modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from nam_plugin_wavenet import spec


class FastTanh(nn.Module):
    """
    A rational approximation of tanh, within 1.5e-3 of it.

    The formula is Aleksey Vaneev's, the one that the reference player uses.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return it for each element of ``x``."""
        a = x.abs()
        square = x * x
        top = x * (2.45550750702956 + 2.45550750702956 * a + (0.893229853513558 + 0.821226666969744 * a) * square)
        bottom = 2.44506634652299 + (2.44506634652299 + square) * (x + 0.814642734961073 * x * a).abs()
        return top / bottom


class LeakyHardtanh(nn.Module):
    """The identity between ``min_val`` and ``max_val``, and straight lines of small slopes outside."""

    def __init__(
        self, min_val: float = -1.0, max_val: float = 1.0, min_slope: float = 0.01, max_slope: float = 0.01
    ) -> None:
        super().__init__()
        self.min_val, self.max_val = min_val, max_val
        self.min_slope, self.max_slope = min_slope, max_slope

    def forward(self, x: Tensor) -> Tensor:
        """Return it for each element of ``x``."""
        inside = x.clamp(self.min_val, self.max_val)
        slopes = torch.where(x < self.min_val, self.min_slope, self.max_slope).to(x.dtype)
        return inside + slopes * (x - inside)


class PReLU(nn.Module):
    """A leaky ReLU with trainable slopes: one for all channels, or one for each."""

    def __init__(self, slopes: tuple[float, ...]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(slopes, dtype=torch.float32))

    def forward(self, x: Tensor) -> Tensor:
        """
        Return it for each element of ``x``.

        :param x: (B, C, L)
        """
        return nn.functional.prelu(x, self.weight)

    @property
    def slopes(self) -> tuple[float, ...]:
        """The slopes as they are now, with as many digits as float32 has."""
        return tuple(float(str(value)) for value in self.weight.detach().cpu().numpy())


def _prelu(negative_slope: float = 0.01, negative_slopes: tuple[float, ...] | None = None) -> nn.Module:
    return PReLU(negative_slopes if negative_slopes is not None else (negative_slope,))


_MODULES: Mapping[str, Any] = {
    "Tanh": nn.Tanh,
    "Fasttanh": FastTanh,
    "Hardtanh": nn.Hardtanh,
    "LeakyHardtanh": LeakyHardtanh,
    "ReLU": nn.ReLU,
    "LeakyReLU": nn.LeakyReLU,
    "PReLU": _prelu,
    "Sigmoid": nn.Sigmoid,
    "SiLU": nn.SiLU,
    "Hardswish": nn.Hardswish,
    "Softsign": nn.Softsign,
}


def build(activation: spec.Activation) -> nn.Module:
    """Return the module of an activation."""
    module: nn.Module = _MODULES[activation.name](**activation.parameters)
    return module


class Gated(nn.Module):
    """``primary`` of the first half of the channels, times ``secondary`` of the second half."""

    def __init__(self, primary: nn.Module, secondary: nn.Module) -> None:
        super().__init__()
        self.primary, self.secondary = primary, secondary

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, L) from (B, 2 C, L)."""
        first, second = x.chunk(2, dim=1)
        product: Tensor = self.primary(first) * self.secondary(second)
        return product


class Blended(nn.Module):
    """A fade from the first half of the channels to its ``primary``, by ``secondary`` of the second half."""

    def __init__(self, primary: nn.Module, secondary: nn.Module) -> None:
        super().__init__()
        self.primary, self.secondary = primary, secondary

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, L) from (B, 2 C, L)."""
        first, second = x.chunk(2, dim=1)
        blended: Tensor = torch.lerp(first, self.primary(first), self.secondary(second))
        return blended


def build_for(layer: spec.Layer) -> nn.Module:
    """Return the activation of a layer, its gate included."""
    primary = build(layer.activation)
    if layer.gating == "none" or layer.secondary is None:
        return primary
    pair = Gated if layer.gating == "gated" else Blended
    return pair(primary, build(layer.secondary))
