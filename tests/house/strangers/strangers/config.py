"""The configs of the stranger's components."""

from pydantic import Field

from nam_kernel.config import Config, NonNegativeInt, PositiveInt


class ShaperConfig(Config):
    taps: PositiveInt


class TurnedConfig(Config):
    items: PositiveInt = 24
    ny: PositiveInt = 256
    seed: NonNegativeInt = 0


class TrebleConfig(Config):
    hertz: float = Field(1000.0, gt=0)


class RoundsConfig(Config):
    rounds: PositiveInt
    rate: float = Field(0.05, gt=0)
