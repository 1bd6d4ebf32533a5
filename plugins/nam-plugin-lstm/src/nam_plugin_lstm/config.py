"""The configs of ``LSTM`` and ``CatLSTM``."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, field_validator, model_validator

from nam_kernel.config import Config, NonNegativeInt, PositiveInt


class _RecurrentConfig(Config):
    """
    What both nets understand.

    ``train_burn_in`` and ``train_truncate`` are in samples. ``bias`` and ``dropout`` are those of
    ``torch.nn.LSTM``; of its other arguments only the values that a player can play are taken.
    """

    hidden_size: PositiveInt
    num_layers: PositiveInt = 1
    train_burn_in: NonNegativeInt | None = None
    train_truncate: NonNegativeInt | None = None
    bias: bool = True
    dropout: float = Field(0.0, ge=0, lt=1)
    batch_first: bool = False
    bidirectional: bool = False
    proj_size: NonNegativeInt = 0

    @field_validator("batch_first")
    @classmethod
    def _layout_is_ours(cls, value: bool) -> bool:
        if value:
            raise ValueError("the order of a tensor's dimensions is the net's own affair; leave this key out")
        return value

    @field_validator("bidirectional")
    @classmethod
    def _causal(cls, value: bool) -> bool:
        if value:
            raise ValueError("a bidirectional LSTM hears the future, so no player can play it; leave this key out")
        return value

    @field_validator("proj_size")
    @classmethod
    def _no_projection(cls, value: int) -> int:
        if value:
            raise ValueError("a model file cannot hold a projection; leave this key out and choose hidden_size")
        return value

    @model_validator(mode="after")
    def _dropout_has_a_place(self) -> _RecurrentConfig:
        if self.dropout and self.num_layers == 1:
            raise ValueError("dropout acts between layers, and there is one layer; leave it out or add a layer")
        return self

    def arguments(self) -> dict[str, Any]:
        """Give the keyword arguments of the net."""
        return {
            "hidden_size": self.hidden_size,
            "num_layers": self.num_layers,
            "train_burn_in": self.train_burn_in or 0,
            "train_truncate": self.train_truncate or 0,
            "bias": self.bias,
            "dropout": self.dropout,
        }


class LSTMConfig(_RecurrentConfig):
    """The ``net.config`` of an LSTM, and the ``config`` of its model file."""

    example: ClassVar[dict[str, Any]] = {"hidden_size": 4}

    input_size: PositiveInt = 1

    @field_validator("input_size")
    @classmethod
    def _audio_alone(cls, value: int) -> int:
        if value != 1:
            raise ValueError(
                f"an LSTM hears the audio and nothing else, so its input_size is 1, not {value}; "
                "the net that takes conditions beside the audio is named CatLSTM"
            )
        return value


class CatLSTMConfig(_RecurrentConfig):
    """
    The ``net.config`` of a CatLSTM, and the ``config`` of its model file.

    ``input_size`` is 1 for the audio plus the number of conditions; either of ``input_size`` and
    ``conditions`` is enough.
    """

    example: ClassVar[dict[str, Any]] = {"hidden_size": 4, "conditions": ["gain"]}

    input_size: PositiveInt | None = None
    conditions: tuple[str, ...] | None = None

    @field_validator("conditions")
    @classmethod
    def _told_apart(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if value is not None and (len(set(value)) < len(value) or not all(name.strip() for name in value)):
            raise ValueError("every condition needs a name of its own")
        return value

    @model_validator(mode="after")
    def _conditioned(self) -> CatLSTMConfig:
        names, size = self.conditions, self.input_size
        if names is not None and size is not None and size != 1 + len(names):
            raise ValueError(
                f"input_size is {size}, but the audio and {len(names)} conditions make {1 + len(names)}; "
                "give one of input_size and conditions"
            )
        if not self.names():
            raise ValueError(
                'a CatLSTM needs conditions: name them ("conditions": ["gain", "tone"]) or give an '
                "input_size of 1 plus their number; without conditions use LSTM"
            )
        return self

    def names(self) -> tuple[str, ...]:
        """List the conditions, numbered where they were not named."""
        if self.conditions is not None:
            return self.conditions
        return tuple(f"condition {i}" for i in range(1, self.input_size or 1))
