"""
Knobs from 0 to 1, as hosts turn them, and conditions in units of their own; the map between the two is in the weights.

A knob at p is the condition at ``low + p (high - low)``: its row of W is multiplied by the range, and the row times the
lowest value is added to b. A file has the numbers in double precision, so that this can be undone without a change. A
ConcatLSTM hears from -1 to 1 what its condition goes through, so that -1 and 1 are the range of its rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from nam_kernel import Condition
from nam_kernel.errors import ModelFileError
from nam_plugin_rtneural.model import Array

MOST = 2
"""Hosts have PARAM1 and PARAM2."""

KEY = "conditions"
"""Of the metadata, where a file says what its knobs are."""

ARCHITECTURE = "architecture"
"""Of the metadata, where a file says which net with knobs it was; ``CatLSTM`` where it does not."""

ENCODED = "ConcatLSTM"
"""The net that hears each of its knobs from -1 to 1."""


def heard(architecture: str, conditions: Sequence[Condition]) -> list[Condition]:
    """Return conditions with the values that a net hears in place of those in their own units."""
    if architecture != ENCODED:
        return list(conditions)
    return [Condition(condition.name, -1.0, 1.0) for condition in conditions]


def problem_of(architecture: str, conditions: Sequence[Condition]) -> str | None:
    """Return why hosts have no knobs for conditions, with the way out; None when they have."""
    if len(conditions) > MOST:
        return (
            f"AIDA-X and other RTNeural hosts have {MOST} knobs, PARAM1 and PARAM2, and this net has "
            f"{len(conditions)}; {MOST} work, or bake the others"
        )
    for condition in conditions:
        if condition.low == condition.high:
            return (
                f"the condition '{condition.name}' has one value, {condition.low:g}, so that no knob can turn it; "
                "bake it"
            )
        if architecture == ENCODED and condition.choices:
            return (
                f"the switch '{condition.name}' is heard as a channel for each of its positions, and hosts turn one "
                "from 0 to 1; bake it, or train a CatLSTM"
            )
        if architecture == ENCODED and condition.curve == "log":
            return (
                f"the knob '{condition.name}' has a log curve, and hosts turn knobs along a straight line; bake it, "
                "or give it a linear curve"
            )
    return None


def fold(kernel: Array, bias: Array, conditions: Sequence[Condition]) -> tuple[Array, Array]:
    """Return W and b for knobs from 0 to 1, of those for conditions; W is (1 + K, 4 H), its first row for the audio."""
    folded, shifted = kernel.copy(), bias.copy()
    for row, condition in enumerate(conditions, 1):
        folded[row] = kernel[row] * (condition.high - condition.low)
        shifted += kernel[row] * condition.low
    return folded, shifted


def unfold(kernel: Array, bias: Array, conditions: Sequence[Condition]) -> tuple[Array, Array]:
    """Return what ``fold`` was given, if that was in single precision."""
    given, shifted = kernel.copy(), bias.copy()
    for row, condition in reversed(list(enumerate(conditions, 1))):
        given[row] = (kernel[row] / (condition.high - condition.low)).astype(np.float32)
        shifted -= given[row] * condition.low
    return given, shifted


def positions(values: Sequence[Array], conditions: Sequence[Condition]) -> list[Array]:
    """Return where knobs are for values of the conditions."""
    return [(v - c.low) / (c.high - c.low) for v, c in zip(values, conditions, strict=True)]


def told(conditions: Sequence[Condition]) -> list[dict[str, Any]]:
    """Return conditions of JSON types."""
    return [{**asdict(condition), "choices": list(condition.choices)} for condition in conditions]


def conditions_in(metadata: Mapping[str, Any], count: int) -> tuple[Condition, ...]:
    """
    Return what the knobs of a file are; PARAM1 and so on, from 0 to 1, where it does not say.

    :raises ModelFileError: when it says so of another number of knobs, or nothing that makes sense
    """
    given = metadata.get(KEY)
    if given is None:
        return tuple(Condition(f"PARAM{number}") for number in range(1, count + 1))
    try:
        conditions = tuple(_condition(entry) for entry in given)
        named = [c.name for c in conditions if c.name]
        sound = len(set(named)) == len(named) and all(0 < c.high - c.low < np.inf for c in conditions)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        sound = False
    if not sound or len(conditions) != count:
        raise ModelFileError(f"its metadata does not describe its {count} knobs as a list of {count} conditions")
    return conditions


def params_of(conditions: Sequence[Condition]) -> list[dict[str, Any]]:
    """Return linear conditions as the ``params`` of a ConcatLSTM 1.0.0."""
    return [
        {
            "name": condition.name,
            "min": condition.low,
            "max": condition.high,
            "default": condition.default,
            "type": "continuous",
            "step": condition.step,
            **({"own": {"unit": condition.unit}} if condition.unit else {}),
        }
        for condition in conditions
    ]


def _condition(entry: Mapping[str, Any]) -> Condition:
    """Return a condition as a file has it."""
    numbers = {key: float(entry[key]) for key in ("low", "high", "default") if entry.get(key) is not None}
    choices = tuple(str(choice) for choice in entry.get("choices") or ())
    step, curve = entry.get("step"), entry.get("curve", "linear")
    return Condition(
        str(entry["name"]),
        **numbers,
        unit=str(entry.get("unit", "")),
        choices=choices,
        step=None if step is None else float(step),
        curve="log" if curve == "log" else "linear",
    )
