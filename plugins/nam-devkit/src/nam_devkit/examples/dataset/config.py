"""The config of ``ExampleDataset``."""

from __future__ import annotations

from pydantic import Field

from nam_kernel.config import Config, NonNegativeInt, PositiveInt


class ExampleDatasetConfig(Config):
    """
    What an entry of the data config may hold.

    :param ny: output samples of an item
    :param items: their number
    :param drive: the gain before the clipper
    :param seed: chooses the noise
    :param sample_rate: in Hz
    """

    ny: PositiveInt = 8192
    items: PositiveInt = 16
    drive: float = Field(4.0, gt=0, allow_inf_nan=False)
    seed: NonNegativeInt = 0
    sample_rate: PositiveInt = 48000
