"""The config of ``ExampleTrainer``."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from nam_kernel.config import Config, PositiveInt


class ExampleTrainerConfig(Config):
    """
    What the learning config may hold beside ``engine`` and ``seed``.

    :param steps: of the optimizer
    :param learning_rate: of the optimizer
    :param batch_size: items in a batch
    :param validate_every: steps between two validations; they are the training's epochs
    """

    example: ClassVar[dict[str, Any]] = {"steps": 12, "validate_every": 4}

    steps: PositiveInt = 500
    learning_rate: float = Field(0.01, gt=0, allow_inf_nan=False)
    batch_size: PositiveInt = 16
    validate_every: PositiveInt = 50
