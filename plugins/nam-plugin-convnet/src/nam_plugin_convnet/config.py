"""The config of ``ConvNet``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import field_validator, model_validator

from nam_kernel.config import Config, PositiveInt

ActivationName = Literal[
    "Tanh",
    "Fasttanh",
    "Hardtanh",
    "LeakyHardtanh",
    "ReLU",
    "LeakyReLU",
    "Sigmoid",
    "SiLU",
    "Hardswish",
    "Softsign",
]
"""What a player can play in a ConvNet, with the player's fixed parameters."""


class ConvNetConfig(Config):
    """
    The ``net.config`` of a ConvNet, and the ``config`` of its model file.

    One layer of ``channels`` channels for each of ``dilations`` (samples between its two taps).
    """

    channels: PositiveInt = 32
    dilations: tuple[PositiveInt, ...] = (1, 2, 4, 8)
    batchnorm: bool = False
    activation: ActivationName = "Tanh"
    groups: PositiveInt = 1
    train_strategy: Literal["dilate"] = "dilate"

    @model_validator(mode="before")
    @classmethod
    def _no_impulse_response(cls, data: Any) -> Any:
        if isinstance(data, dict) and "ir_filename" in data:
            raise ValueError(
                "a model file cannot hold the impulse response of ir_filename, so the model would sound "
                "different in a player; leave the key out and load the impulse response after the model"
            )
        return data

    @field_validator("dilations")
    @classmethod
    def _not_empty(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value:
            raise ValueError("the list is empty; give a dilation for at least one layer")
        return value

    @field_validator("activation", mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        """Understand the object form, too, as long as it only names the activation."""
        name = next(iter(value.values())) if isinstance(value, dict) and len(value) == 1 else value
        if name == "PReLU":
            raise ValueError(
                "a ConvNet's file names one activation for all layers and cannot hold the slopes that PReLU "
                "learns; use LeakyReLU"
            )
        if isinstance(value, dict) and list(value) not in (["name"], ["type"]):
            raise ValueError("a ConvNet's file holds an activation without parameters; give its name alone")
        return name

    @field_validator("groups")
    @classmethod
    def _one_group(cls, value: int) -> int:
        if value != 1:
            raise ValueError("the first layer has one input channel, the audio, which cannot be in groups")
        return value
