"""The config of ``Linear``."""

from __future__ import annotations

from nam_kernel.config import Config, PositiveInt


class LinearConfig(Config):
    """
    The ``net.config`` of a Linear net, and the ``config`` of its model file.

    ``receptive_field`` is the length of the impulse response in samples.
    """

    receptive_field: PositiveInt
    bias: bool = False
