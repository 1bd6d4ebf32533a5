"""Conditions as configs and model files spell them: a name, or an object with a range, a unit, positions."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from nam_kernel import Condition
from nam_kernel.config import Config

MOST_KNOBS = 1000

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class KnobConfig(Config):
    """
    One condition.

    :param default: the value where nothing is chosen; ``low`` without it
    :param unit: of the values, for people
    :param choices: the names of a switch's positions, whose values are 0, 1, 2 ...
    """

    name: str
    low: Number = 0.0
    high: Number = 1.0
    default: Number | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @field_validator("name")
    @classmethod
    def _not_blank(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("the name is empty; every condition needs a name of its own")
        return value

    @model_validator(mode="after")
    def _default_is_in_range(self) -> KnobConfig:
        condition = self.record()
        if condition.default is not None:
            condition.value(condition.default)
        return self

    def record(self) -> Condition:
        """Return the condition."""
        return Condition(self.name, self.low, self.high, self.default, self.unit, self.choices)


def _refuse_many(knobs: Any) -> Any:
    if isinstance(knobs, (list, tuple)) and len(knobs) > MOST_KNOBS:
        raise ValueError(f"the list has {len(knobs)} conditions, at most {MOST_KNOBS}")
    return knobs


def _different_names(knobs: tuple[KnobConfig, ...]) -> tuple[KnobConfig, ...]:
    names = Counter(knob.name for knob in knobs)
    twice = next((name for name, count in names.items() if count > 1), None)
    if twice is not None:
        raise ValueError(f"two conditions are named '{twice}'; every condition needs a name of its own")
    return knobs


_SPELLINGS = {"anyOf": [{"type": "string"}, KnobConfig.model_json_schema()]}

Knobs = Annotated[
    tuple[Annotated[KnobConfig, WithJsonSchema(_SPELLINGS)], ...],
    BeforeValidator(_refuse_many),
    AfterValidator(_different_names),
]
"""The type of a key for conditions; the model has a ``KnobConfig`` for each, however it was spelled."""


def records(knobs: tuple[KnobConfig, ...] | None) -> tuple[Condition, ...]:
    """Return the conditions; none for a key that was left out."""
    return tuple(knob.record() for knob in knobs or ())


def spelled(condition: Condition) -> str | dict[str, Any]:
    """Return a condition of JSON types: its name where there is no more to say."""
    if condition == Condition(condition.name):
        return condition.name
    return {**asdict(condition), "choices": list(condition.choices)}
