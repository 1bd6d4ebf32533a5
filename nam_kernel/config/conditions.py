"""Conditions as configs and model files spell them: a name, or an object with a range, a unit, positions."""

from dataclasses import asdict, fields
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from nam_kernel.components import Condition
from nam_kernel.text import suggestion


def _an_object(value: Any) -> Any:
    if not isinstance(value, dict):
        return {"name": value} if isinstance(value, str) else value
    told = {key: entry for key, entry in value.items() if not key.startswith("_")}
    known = [field.name for field in fields(Condition)]
    for key in told.keys() - set(known):
        raise ValueError(f"unknown key '{key}'; {suggestion(key, known)}")
    return told


def _distinct(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    names = [condition.name for condition in conditions]
    wrong = next((f"two conditions are named '{n}'" for n in names if names.count(n) > 1), "")
    if wrong or not all(map(str.strip, names)):
        raise ValueError(f"{wrong or 'a name is empty'}; every condition needs a name of its own")
    return conditions


Conditions = Annotated[
    tuple[Annotated[Condition, BeforeValidator(_an_object, json_schema_input_type=str | Condition)], ...],
    Field(max_length=1000),
    AfterValidator(_distinct),
]
"""The type of a key that names conditions."""


def spelled(condition: Condition) -> str | dict[str, Any]:
    """Return a condition of JSON types: its name where there is no more to say."""
    if condition == Condition(condition.name):
        return condition.name
    return {**asdict(condition), "choices": list(condition.choices)}
