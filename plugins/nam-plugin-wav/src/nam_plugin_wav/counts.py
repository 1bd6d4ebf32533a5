"""Numbers of samples in words."""

from __future__ import annotations


def samples(count: int) -> str:
    """Return a number of samples, as ``1 sample`` or ``25 samples``."""
    return f"{count} sample{'s' * (abs(count) != 1)}"
