"""The configs of ``LSTM`` and ``CatLSTM``."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field, field_validator, model_validator

from nam_kernel import Condition
from nam_kernel.config import Conditions, Config, NonNegativeInt
from nam_plugin_lstm.counting import refuse_large, weight_count

Count = Annotated[int, Field(gt=0, lt=2**31, strict=True)]

MOST_FEATURES = 1024
"""The audio and its conditions."""


class RecurrentConfig(Config):
    """
    The keys of both nets.

    ``train_burn_in`` and ``train_truncate`` are in samples. ``bias`` and ``dropout`` are those of
    ``torch.nn.LSTM``; of its other arguments only the values that a player can play are accepted.
    """

    hidden_size: Count
    num_layers: Count = 1
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
    def _dropout_has_a_place(self) -> RecurrentConfig:
        if self.dropout and self.num_layers == 1:
            raise ValueError("dropout acts between layers, and there is one layer; leave it out or add a layer")
        return self

    @model_validator(mode="after")
    def _can_be_built(self) -> RecurrentConfig:
        refuse_large(self.hidden_size, self.num_layers, self.features)
        return self

    @property
    def features(self) -> int:
        """The audio and its conditions."""
        return 1

    def weight_count(self) -> int:
        """Return the number of weights in a model file."""
        return weight_count(self.hidden_size, self.num_layers, self.features)

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments of the net's constructor."""
        return {
            "hidden_size": self.hidden_size,
            "num_layers": self.num_layers,
            "train_burn_in": self.train_burn_in or 0,
            "train_truncate": self.train_truncate or 0,
            "bias": self.bias,
            "dropout": self.dropout,
        }


class LSTMConfig(RecurrentConfig):
    """The ``net.config`` of an LSTM, and the ``config`` of its model file."""

    example: ClassVar[dict[str, Any]] = {"hidden_size": 4}

    input_size: Count = 1

    @field_validator("input_size")
    @classmethod
    def _audio_alone(cls, value: int) -> int:
        if value != 1:
            raise ValueError(
                f"an LSTM hears the audio and nothing else, so its input_size is 1, not {value}; "
                "the net that takes conditions beside the audio is named CatLSTM"
            )
        return value


class CatLSTMConfig(RecurrentConfig):
    """
    The ``net.config`` of a CatLSTM, and the ``config`` of its model file.

    ``input_size`` is 1 for the audio plus the number of conditions; either of ``input_size`` and
    ``conditions`` is enough. Conditions without names are matched with those of the data by their position.
    """

    example: ClassVar[dict[str, Any]] = {"hidden_size": 4, "conditions": ["gain"]}

    input_size: Annotated[int, Field(gt=0, le=MOST_FEATURES, strict=True)] | None = None
    conditions: Conditions | None = None

    @model_validator(mode="after")
    def _conditioned(self) -> CatLSTMConfig:
        named, size = self.conditions, self.input_size
        if named is not None and size is not None and size != 1 + len(named):
            raise ValueError(
                f"input_size is {size}, but the audio and {len(named)} conditions make {1 + len(named)}; "
                "give one of input_size and conditions"
            )
        if not self.records():
            raise ValueError(
                'a CatLSTM needs conditions: name them ("conditions": ["gain", "tone"]) or give an '
                "input_size of 1 plus their number; without conditions use LSTM"
            )
        return self

    @property
    def features(self) -> int:
        """The audio and its conditions."""
        return 1 + len(self.records())

    def records(self) -> tuple[Condition, ...]:
        """Return the conditions, their names empty where they were only counted."""
        return self.conditions or (Condition(""),) * ((self.input_size or 1) - 1)

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments of the net's constructor."""
        return {**super().arguments(), "conditions": self.records()}
