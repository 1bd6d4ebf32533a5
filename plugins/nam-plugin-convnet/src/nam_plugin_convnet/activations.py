"""The activations of a ConvNet, as players compute them; the parameters have the players' names and defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional


def fast_tanh(x: Tensor) -> Tensor:
    """
    Return a rational approximation of tanh, within 2e-3 of it.

    The formula is Aleksey Vaneev's, which players use.
    """
    size, square = x.abs(), x * x
    above = 2.45550750702956 * (1 + size) + (0.893229853513558 + 0.821226666969744 * size) * square
    below = 2.44506634652299 + (2.44506634652299 + square) * size * (1 + 0.814642734961073 * size)
    return x * above / below


def leaky_hardtanh(
    x: Tensor, min_val: float = -1.0, max_val: float = 1.0, min_slope: float = 0.01, max_slope: float = 0.01
) -> Tensor:
    """Return the identity between ``min_val`` and ``max_val``, and straight lines of small slopes outside."""
    below, above = (x - min_val).clamp(max=0), (x - max_val).clamp(min=0)
    return x.clamp(min_val, max_val) + min_slope * below + max_slope * above


ACTIVATIONS: Mapping[str, Callable[..., Tensor]] = {
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
