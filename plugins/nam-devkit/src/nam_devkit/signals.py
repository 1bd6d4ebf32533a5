"""The signals on which components are tried, and how two signals are compared."""

from __future__ import annotations

import torch
from torch import Tensor

from nam_devkit.law import require, seeded

ROUNDING = 1e-5
"""Relative to the largest sample; float32 sums in another order differ by this much, FFTs too."""


def noise(*shape: int, seed: int = 0, level: float = 0.5) -> Tensor:
    """Return white noise between ``-level`` and ``level``."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(*shape, generator=generator) * 2 - 1) * level


def extremes(length: int) -> dict[str, Tensor]:
    """Return what recordings hold at their limits, each (1, L)."""
    square = torch.ones(1, length)
    square[:, ::2] = -1.0
    return {
        "silence": torch.zeros(1, length),
        "a constant of full scale": torch.ones(1, length),
        "a square wave of full scale": square,
        "noise of full scale": noise(1, length, level=1.0),
    }


def difference(a: Tensor, b: Tensor) -> float:
    """Return the largest difference, relative to the largest sample of ``b``."""
    scale = max(float(b.abs().max()), 1e-6) if b.numel() else 1.0
    return float((a - b).abs().max()) / scale if b.numel() else 0.0


def require_equal(a: Tensor, b: Tensor, what: str, tolerance: float = ROUNDING) -> None:
    """
    Raise unless two signals are equal up to rounding.

    :param what: differs, and what to do
    :raises AssertionError: with that sentence
    """
    require(a.shape == b.shape, f"{what} (the shapes are {tuple(a.shape)} and {tuple(b.shape)})")
    off = difference(a, b)
    require(off <= tolerance, f"{what} (they differ by {off:.2g} of the largest sample)")


def stir(parameters: list[Tensor], seed: int) -> None:
    """Add noise to parameters, so that none stays at a zero that hides what it does."""
    with seeded(seed), torch.no_grad():
        for parameter in parameters:
            parameter += 0.1 * torch.randn_like(parameter)
