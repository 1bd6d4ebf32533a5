"""The config of ``ExampleDataset``."""

from __future__ import annotations

from pydantic import Field

from nam_kernel.config import Config, NonNegativeInt, PositiveInt


class ExampleDatasetConfig(Config):
    """
    What an entry of the data config may hold.

    ``nx`` is set by the kernel to the receptive field of the net, in samples. ``ny`` is the length of an item
    in samples, ``items`` their number. ``drive`` is the gain before the clipper, ``seed`` chooses the noise.
    """

    nx: PositiveInt = 1
    ny: PositiveInt = 8192
    items: PositiveInt = 16
    drive: float = Field(4.0, gt=0, allow_inf_nan=False)
    seed: NonNegativeInt = 0
    sample_rate: PositiveInt = 48000
