"""The config of ``Sequential``."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, field_validator

from nam_kernel.config import Config
from nam_kernel.run.nested import NestedNetConfig

MOST_MODELS = 64

LONGEST = 2**20
"""Samples of a receptive field: 22 seconds at 48 kHz."""

MOST_WEIGHTS = 10_000_000
"""No computer plays a larger net in real time, so one is a mistake."""


def refuse_many(models: Any) -> Any:
    """
    Return a list of models as a document has it, unless it has too many to look at each.

    :raises ValueError: with their number
    """
    if isinstance(models, (list, tuple)) and len(models) > MOST_MODELS:
        raise ValueError(f"the list has {len(models)} models, at most {MOST_MODELS}")
    return models


class SequentialConfig(Config):
    """The ``net.config`` of a Sequential: the nets in the order in which the audio goes through them."""

    example: ClassVar[dict[str, Any]] = {
        "models": [
            {"name": "Linear", "config": {"receptive_field": 8}},
            {"name": "Linear", "config": {"receptive_field": 5}},
        ]
    }

    models: Annotated[tuple[NestedNetConfig, ...], BeforeValidator(refuse_many)]

    @field_validator("models")
    @classmethod
    def _not_empty(cls, value: tuple[NestedNetConfig, ...]) -> tuple[NestedNetConfig, ...]:
        if not value:
            raise ValueError("the list is empty; name at least one model")
        return value

    @field_validator("models")
    @classmethod
    def _can_be_built(cls, value: tuple[NestedNetConfig, ...]) -> tuple[NestedNetConfig, ...]:
        count = sum(map(_weights_of, value))
        if count > MOST_WEIGHTS:
            raise ValueError(f"the models have {count:,} weights together, at most {MOST_WEIGHTS:,}; make them smaller")
        return value

    def weight_count(self) -> int:
        """Return the number of weights of all models, as far as their configs know it."""
        return sum(map(_weights_of, self.models))


def _weights_of(model: NestedNetConfig) -> int:
    count = getattr(model.config, "weight_count", None)
    return int(count()) if count is not None else 0
