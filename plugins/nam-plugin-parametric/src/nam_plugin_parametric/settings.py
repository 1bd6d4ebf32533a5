"""Settings as a command is given them, and as files are named and described by them."""

from __future__ import annotations

import argparse
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from nam_kernel import BaseNet, Condition
from nam_kernel.errors import UserError
from nam_kernel.text import suggestion

Setting = dict[str, float | str]
"""By the conditions' names, in their own units; the position of a switch by its name."""

MOST = 1000
"""Settings of a grid, each of which is a file."""


def add_set(parser: argparse.ArgumentParser) -> None:
    """Add ``--set``."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a knob in its own unit, or the position of a switch; as often as there are some, the others are at their "
        "defaults. In a file without names 1=0.5 is the first channel and its raw value.",
    )


def parsed(given: Sequence[str], option: str = "--set") -> dict[str, str]:
    """
    Return what follows the equals sign, by what is before it.

    :raises UserError: for something else than NAME=VALUE, or a name that is there twice
    """
    values: dict[str, str] = {}
    for entry in given:
        name, equals, value = (part.strip() for part in entry.partition("="))
        if not name or not equals or not value:
            raise UserError(f"{option} {entry}: expected NAME=VALUE, such as {option} gain=0.5")
        if name in values:
            raise UserError(f"{option} {entry}: {name} was given already; give it once")
        values[name] = value
    return values


def knobs_of(net: BaseNet, what: str) -> dict[str, Condition]:
    """
    Return the conditions of a net, by their names, or by their numbers where they have none.

    :param what: the file, for messages
    :raises UserError: when it has none, or does not say which
    """
    if net.conditions is None:
        raise UserError(f"{what} does not say which knobs it takes; its class needs a property 'conditions'")
    if not net.conditions:
        raise UserError(f"{what} has no knobs: it is one setting already, and plays as it is")
    return {condition.name or str(i): condition for i, condition in enumerate(net.conditions, 1)}


def told(net: BaseNet, values: Mapping[str, float | str]) -> Setting:
    """
    Return a whole setting, defaults included, switches by the names of their positions.

    :raises UserError: when there is no such knob, or a value is out of range
    """
    numbers = net.settings(values)
    knobs = {c.name or str(i): c for i, c in enumerate(net.conditions or (), 1)}
    return {name: _shown(c, number) for (name, c), number in zip(knobs.items(), numbers, strict=True)}


def grid(net: BaseNet, axes: Mapping[str, str], fixed: Mapping[str, float | str], what: str) -> Iterator[Setting]:
    """
    Yield the settings of a grid, the last knob moving fastest.

    :param axes: for each knob LOW:HIGH:STEP, or values with commas between them
    :param fixed: the other knobs
    :raises UserError: when an axis is none, or there are too many settings
    """
    knobs = knobs_of(net, what)
    listed = {name: values_of(_named(knobs, name), spelling) for name, spelling in axes.items()}
    count = math.prod(map(len, listed.values()))
    if count > MOST:
        raise UserError(f"the grid has {count} settings, at most {MOST}; take larger steps")
    for point in itertools.product(*listed.values()):
        yield {**fixed, **dict(zip(listed, point, strict=True))}


def values_of(knob: Condition, spelling: str) -> list[float | str]:
    """
    Return the values of one axis.

    :param spelling: LOW:HIGH:STEP, values with commas between them, or nothing for eleven values over the range, or
        every position of a switch
    :raises UserError: when it is something else, or a value is out of range
    """
    if not spelling and knob.choices:
        return list(knob.choices)
    if not spelling:
        low, high = knob.low, knob.high
        ratio = (high / low) if knob.curve == "log" else 1.0
        return [low * ratio ** (i / 10) if knob.curve == "log" else low + (high - low) * i / 10 for i in range(11)]
    parts = spelling.split(":")
    given: list[float | str] = list(spelling.split(",")) if len(parts) == 1 else _steps(parts, spelling)
    try:
        return [_shown(knob, knob.value(value)) for value in given]
    except ValueError as error:
        raise UserError(str(error)) from None


def suffix_of(setting: Mapping[str, float | str]) -> str:
    """Return a setting as the part of a file's name: ``gain-3_mode-lead``."""
    parts = [f"{name}-{_text(value)}" for name, value in setting.items()]
    return "_".join(re.sub(r"[^\w.+-]+", "-", part) for part in parts)


def sentence_of(setting: Mapping[str, float | str]) -> str:
    """Return a setting as a person writes it: ``gain 3, mode lead``."""
    return ", ".join(f"{name} {_text(value)}" for name, value in setting.items())


def _steps(parts: Sequence[str], spelling: str) -> list[float | str]:
    """Return the values from low to high, without the digits that binary fractions add."""
    try:
        low, high, step = (Decimal(part.strip()) for part in parts)
    except (InvalidOperation, ValueError):
        raise UserError(f"{spelling}: expected LOW:HIGH:STEP, such as 0:10:1, or values such as 0,2.5,10") from None
    if not step > 0 or high < low or (high - low) / step > MOST:
        raise UserError(f"{spelling}: expected LOW:HIGH:STEP with LOW first, a STEP above 0, and at most {MOST} steps")
    return [float(low + step * i) for i in range(int((high - low) / step) + 1)]


def _named(knobs: Mapping[str, Condition], name: str) -> Condition:
    if name not in knobs:
        raise UserError(f"the model has no knob '{name}'; {suggestion(name, list(knobs))}")
    return knobs[name]


def _shown(knob: Condition, number: float) -> float | str:
    return knob.choices[round(number)] if knob.choices else number


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"
