"""The config of ``Linear``."""

from __future__ import annotations

from typing import Any, ClassVar

from nam_kernel.config import Config, PositiveInt


class LinearConfig(Config):
    """
    The ``net.config`` of a Linear net, and the ``config`` of its model file.

    ``receptive_field`` is the length of the impulse response in samples.
    """

    example: ClassVar[dict[str, Any]] = {"receptive_field": 32, "bias": True}

    receptive_field: PositiveInt
    bias: bool = False
