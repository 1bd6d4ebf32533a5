"""Conditions as configs and model files spell them: a name, or an object with a range, a unit, positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema, field_validator, model_validator

from nam_kernel import Condition
from nam_kernel.config import Config

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


Knob = Annotated[KnobConfig, WithJsonSchema({"anyOf": [{"type": "string"}, KnobConfig.model_json_schema()]})]
"""The type of a key for a condition; in the model it is a ``KnobConfig``, however it was spelled."""


def different_names(knobs: Sequence[KnobConfig]) -> None:
    """
    Refuse two conditions of one name.

    :raises ValueError: naming it
    """
    names = [knob.name for knob in knobs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"two conditions are named '{twice}'; every condition needs a name of its own")


def spelled(condition: Condition) -> str | dict[str, Any]:
    """Return a condition of JSON types: its name where there is no more to say."""
    if condition == Condition(condition.name):
        return condition.name
    return {**asdict(condition), "choices": list(condition.choices)}
