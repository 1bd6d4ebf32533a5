"""The config of ``ConvNet``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from nam_kernel.config import Config

MOST_WEIGHTS = 10_000_000
"""No computer plays a larger net in real time, so one is a mistake or a damaged file."""

MOST_LAYERS = 1000

LONGEST = 2**20
"""Samples of a receptive field: 22 seconds at 48 kHz."""

Count = Annotated[int, Field(gt=0, lt=2**24, strict=True)]

ALIASES = {"LeakyHardTanh": "LeakyHardtanh"}
"""Other spellings that players know."""

PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "LeakyReLU": ("negative_slope",),
    "LeakyHardtanh": ("min_val", "max_val", "min_slope", "max_slope"),
}
"""The activations that have parameters, and which."""

ActivationName = Literal[
    "Tanh", "Fasttanh", "Hardtanh", "LeakyHardtanh", "ReLU", "LeakyReLU", "Sigmoid", "SiLU", "Hardswish", "Softsign"
]
"""What a player can play in a ConvNet."""

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class ActivationConfig(Config):
    """An activation: its name, and the parameters of which it has other values than a player's defaults."""

    name: ActivationName
    negative_slope: Number | None = None
    min_val: Number | None = None
    max_val: Number | None = None
    min_slope: Number | None = None
    max_slope: Number | None = None

    @model_validator(mode="after")
    def _its_own_parameters(self) -> ActivationConfig:
        known = PARAMETERS.get(self.name, ())
        foreign = sorted(self.parameters().keys() - set(known))
        if foreign:
            takes = ", ".join(known) or "no parameters"
            raise ValueError(f"{self.name} has no parameter '{foreign[0]}'; it takes {takes}")
        if self.min_val is not None and self.max_val is not None and self.min_val > self.max_val:
            raise ValueError(f"min_val is {self.min_val:g}, above max_val, which is {self.max_val:g}; exchange them")
        return self

    def parameters(self) -> dict[str, float]:
        """Return the parameters that were given."""
        return self.model_dump(exclude={"name"}, exclude_none=True)


def played_activation(written: Any) -> Any:
    """
    Return the activation of a model file as a player reads it, which ignores the parameters that it does not know.

    A PReLU of one slope is a LeakyReLU, since nothing here is trained.
    """
    if not isinstance(written, Mapping):
        return {"name": "LeakyReLU"} if written == "PReLU" else written
    name = ALIASES.get(written.get("type", ""), written.get("type"))
    slopes = written.get("negative_slopes")
    if name == "PReLU" and (slopes is None or "negative_slope" in written):
        name = "LeakyReLU"
    return {"name": name, **{key: written[key] for key in PARAMETERS.get(str(name), ()) if key in written}}


_WRITTEN = {"anyOf": [{"enum": list(get_args(ActivationName))}, ActivationConfig.model_json_schema()]}
"""An activation as an editor should offer it."""


def _refuse_many(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and len(value) > MOST_LAYERS:
        raise ValueError(f"the list has {len(value)} layers, at most {MOST_LAYERS}")
    return value


class ConvNetConfig(Config):
    """
    The ``net.config`` of a ConvNet, and the ``config`` of its model file.

    One layer of ``channels`` channels for each of ``dilations`` (samples between its two taps).
    """

    channels: Count = 32
    dilations: Annotated[tuple[Count, ...], BeforeValidator(_refuse_many)] = (1, 2, 4, 8)
    batchnorm: bool = False
    activation: Annotated[ActivationConfig, WithJsonSchema(_WRITTEN)] = ActivationConfig(name="Tanh")
    groups: Count = 1
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
        """Understand a bare name, and what a file writes: ``type`` for the name."""
        if isinstance(value, ActivationConfig):
            return value
        given = dict(value) if isinstance(value, dict) else {"name": value}
        if "type" in given:
            given.setdefault("name", given.pop("type"))
        if given.get("name") == "PReLU":
            raise ValueError(
                "a ConvNet's file names one activation for all layers and cannot hold the slopes that PReLU "
                "learns; use LeakyReLU"
            )
        if isinstance(given.get("name"), str):
            given["name"] = ALIASES.get(given["name"], given["name"])
        return given

    @field_validator("groups")
    @classmethod
    def _one_group(cls, value: int) -> int:
        if value != 1:
            raise ValueError("the first layer has one input channel, the audio, which cannot be in groups")
        return value

    @model_validator(mode="after")
    def _can_be_built(self) -> ConvNetConfig:
        count, field = self.weight_count(), 1 + sum(self.dilations)
        if count > MOST_WEIGHTS:
            raise ValueError(
                f"{len(self.dilations)} layers of channels {self.channels} make {count:,} weights, far more than can "
                f"be played, at most {MOST_WEIGHTS:,}; lower channels"
            )
        if field > LONGEST:
            raise ValueError(f"dilations make a receptive field of {field:,} samples, at most {LONGEST:,}; lower them")
        return self

    def weight_count(self) -> int:
        """Return the numbers in a model file: two taps for each pair of channels, biases or norms, the head."""
        pairs = self.channels + (len(self.dilations) - 1) * self.channels**2
        beside = 4 * self.channels + 1 if self.batchnorm else self.channels
        return 2 * pairs + len(self.dilations) * beside + self.channels + 1
