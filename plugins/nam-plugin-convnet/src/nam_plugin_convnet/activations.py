"""The activations of a ConvNet, with the parameters that players fix."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional


def fast_tanh(x: Tensor) -> Tensor:
    """
    Approximate tanh by a rational function.

    The formula is Aleksey Vaneev's, which players use.
    """
    size, square = x.abs(), x * x
    above = 2.45550750702956 * (1 + size) + (0.893229853513558 + 0.821226666969744 * size) * square
    below = 2.44506634652299 + (2.44506634652299 + square) * size * (1 + 0.814642734961073 * size)
    return x * above / below


def leaky_hardtanh(x: Tensor) -> Tensor:
    """Keep what is in [-1, 1], and let the slope be 0.01 outside."""
    inside = x.clamp(-1, 1)
    return inside + 0.01 * (x - inside)


ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "Tanh": torch.tanh,
    "Fasttanh": fast_tanh,
    "Hardtanh": functional.hardtanh,
    "LeakyHardtanh": leaky_hardtanh,
    "ReLU": torch.relu,
    "LeakyReLU": functional.leaky_relu,
    "Sigmoid": torch.sigmoid,
    "SiLU": functional.silu,
    "Hardswish": functional.hardswish,
    "Softsign": functional.softsign,
}
