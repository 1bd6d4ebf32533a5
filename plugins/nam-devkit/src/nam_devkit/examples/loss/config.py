"""The config of ``ExampleLoss``."""

from __future__ import annotations

from pydantic import Field

from nam_kernel.config import Config


class ExampleLossConfig(Config):
    """
    What the ``config`` of the loss in a model config may hold.

    :param delta: the error, relative to full scale, from which on the loss grows linearly
    """

    delta: float = Field(0.1, gt=0, allow_inf_nan=False)
