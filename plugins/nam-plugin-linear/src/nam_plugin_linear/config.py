"""The config of ``Linear``."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import field_validator

from nam_kernel.config import Config, PositiveInt

LONGEST = 2**20
"""Samples of an impulse response: 22 seconds at 48 kHz."""


class LinearConfig(Config):
    """
    The ``net.config`` of a Linear net, and the ``config`` of its model file.

    ``receptive_field`` is the length of the impulse response in samples.
    """

    example: ClassVar[dict[str, Any]] = {"receptive_field": 32, "bias": True}

    receptive_field: PositiveInt
    bias: bool = False

    @field_validator("receptive_field")
    @classmethod
    def _can_be_built(cls, value: int) -> int:
        if value > LONGEST:
            raise ValueError(f"expected at most {LONGEST} samples, got {value if value < 10**15 else 'far more'}")
        return value

    def weight_count(self) -> int:
        """Return the numbers in a model file: the taps, and the offset."""
        return self.receptive_field + self.bias
