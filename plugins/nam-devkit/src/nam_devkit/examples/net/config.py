"""The config of ``ExampleNet``."""

from __future__ import annotations

from nam_kernel.config import Config, PositiveInt


class ExampleNetConfig(Config):
    """
    What ``net.config`` of a model config may hold.

    :param taps: the length of the filter in samples
    """

    taps: PositiveInt = 64
