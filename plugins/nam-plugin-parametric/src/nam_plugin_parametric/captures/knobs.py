"""What knobs the captures have, and which settings: what is declared, what is recorded, and how both fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from nam_kernel import Condition
from nam_kernel.config import note
from nam_kernel.errors import ConfigError, Problem
from nam_kernel.text import suggestion
from nam_plugin_nam.motion import problems_of
from nam_plugin_nam.table import number
from nam_plugin_parametric.captures.config import KnobConfig
from nam_plugin_parametric.captures.rows import Raw, Row

MOST_CHOICES = 32
"""More different names in a column are no positions of a switch."""


def conditions_of(declared: Mapping[str, KnobConfig], rows: Sequence[Row]) -> tuple[Condition, ...]:
    """
    Return the knobs of some captures: those declared, in their order, or all that are recorded.

    What is taken from the recordings is told in a note.

    :raises ConfigError: when names do not match, a value is no number, or a range is empty
    """
    refuse_other_names(declared or _recorded(rows), rows)
    conditions, taken = [], []
    for name in declared or _recorded(rows):
        spec = declared.get(name)
        if spec is not None and spec.complete:
            conditions.append(spec.condition(name, ()))
            continue
        conditions.append(_inferred(name, spec, rows))
        taken.append(told(conditions[-1]))
    if taken:
        note(f"the knobs are taken from the recordings: {'; '.join(taken)}; say more under 'knobs' in 'common'")
    return tuple(conditions)


def refuse_other_names(known: Iterable[str], rows: Sequence[Row]) -> None:
    """
    Refuse captures that have other knobs than those declared.

    :raises ConfigError: with a suggestion for each name
    """
    names = tuple(known)
    for source in dict.fromkeys(row.source for row in rows):
        problems: dict[str, Problem] = {}
        for row in (row for row in rows if row.source == source):
            at = row.place if row.place.startswith("line") else row.name if row.place else ""
            missing = [name for name in names if name not in row.knobs]
            for name in (name for name in row.knobs if name not in names):
                guess = suggestion(name, missing or names)
                meant = guess if "did you mean" in guess else f"declared are {', '.join(names)}"
                what = f"the knob '{name}' is not declared; {meant} (to leave it out, declare it as null)"
                problems.setdefault(name, Problem("", what))
                # What was meant by another name is not missing.
                missing = [known for known in missing if f"'{known}'?" not in guess]
            for name in missing:
                what = f"the knob '{name}' has no value here; write one, or leave '{name}' out of the declared knobs"
                problems.setdefault(name, Problem(at, what))
        if problems:
            raise ConfigError(source, list(problems.values()))


def settings_of(row: Row, conditions: Sequence[Condition]) -> dict[str, float]:
    """
    Return the values of the knobs that stand still in a capture, by name.

    :raises ConfigError: naming the line, with the names of the choices or the range
    """
    settings: dict[str, float] = {}
    problems: list[Problem] = []
    for condition in conditions:
        if row.motion is not None and condition.name in row.motion.values:
            continue
        raw = row.written[condition.name]
        try:
            settings[condition.name] = condition.value(raw)
        except ValueError as error:
            problems.append(Problem(row.place, f"{error}; {_remedy(condition, raw)}"))
    if row.motion is not None:
        file = row.motion.path.name
        problems += [Problem(f"{file}, {p.where}", p.what) for p in problems_of(row.motion, tuple(conditions))]
    if problems:
        raise ConfigError(row.source, problems)
    return settings


def told(condition: Condition) -> str:
    """Return a knob in words."""
    if condition.choices:
        return f"{condition.name}: {', '.join(condition.choices)}"
    unit = f" {condition.unit}" if condition.unit else ""
    return f"{condition.name} from {condition.low:g} to {condition.high:g}{unit}, {condition.default:g} by default"


def spoken(condition: Condition, value: float) -> str:
    """Return a setting in words: the name of a choice, or the number."""
    if condition.choices and value == int(value):
        return condition.choices[int(value)]
    return f"{value:g}"


def spoken_all(conditions: Sequence[Condition], settings: Mapping[str, float]) -> str:
    """Return all settings of a capture in words."""
    pairs = [f"{c.name} {spoken(c, settings[c.name])}" if c.name in settings else f"{c.name} moves" for c in conditions]
    return ", ".join(pairs)


def _remedy(condition: Condition, raw: Raw) -> str:
    if condition.choices:
        return suggestion(str(raw), condition.choices)
    if number(str(raw)) is None:
        return "write a number"
    return "correct the value, or widen the range under 'knobs'"


def _recorded(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the knobs of the captures, in the order in which they are written."""
    return tuple(dict.fromkeys(name for row in rows for name in row.knobs))


def _inferred(name: str, spec: KnobConfig | None, rows: Sequence[Row]) -> Condition:
    found = [(row, raw) for row in rows for raw in row.values(name)]
    numbers = [number(str(raw)) for _, raw in found]
    values = tuple(value for value in numbers if value is not None)
    if values and (len(values) == len(found) or spec is not None or 2 * len(values) > len(found)):
        strange = next(((row, raw) for (row, raw), v in zip(found, numbers, strict=True) if v is None), None)
        if strange is not None:
            row, raw = strange
            raise ConfigError(
                row.source, [Problem(row.place, f"{name} is '{raw}', and a number elsewhere; correct it")]
            )
        return _ranged(name, spec or KnobConfig(), values)
    choices = tuple(dict.fromkeys(str(raw) for _, raw in found))
    if len(choices) > MOST_CHOICES:
        told = f"the column '{name}' has {len(choices)} different texts, which is no switch"
        remedy = f"declare \"{name}\": null under 'knobs' to leave it out"
        raise ConfigError(rows[0].source, [Problem("", f"{told}; {remedy}")])
    return Condition(name, choices=choices, unit=spec.unit if spec else "")


def _ranged(name: str, spec: KnobConfig, values: tuple[float, ...]) -> Condition:
    try:
        return spec.condition(name, values)
    except ValueError as error:
        raise ConfigError("the data config", [Problem(f"common.knobs.{name}", str(error))]) from None
