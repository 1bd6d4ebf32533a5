"""Refuse captures that teach nothing about a knob: it stands still in all of them, or they are the same twice."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel import Condition
from nam_kernel.errors import ConfigError, Problem
from nam_plugin_parametric.captures.knobs import settings_of, spoken
from nam_plugin_parametric.captures.rows import Row


def refuse_still_knobs(rows: Sequence[Row], conditions: Sequence[Condition]) -> None:
    """
    Refuse a knob that never varies in the training, about which no net can learn anything.

    :raises ConfigError: naming each
    """
    problems = []
    for condition in conditions:
        values = {condition.value(raw) for row in rows for raw in row.values(condition.name)}
        if len(values) == 1:
            told = (
                f"the knob '{condition.name}' is {spoken(condition, values.pop())} in "
                f"{'all captures' if len(rows) > 1 else 'the one capture'} of the training, from which no net can "
                f'learn it; leave it out ("knobs": {{"{condition.name}": null}} in common), or record another value'
            )
            problems.append(Problem("", told))
    if problems:
        sources = list(dict.fromkeys(row.source for row in rows))
        raise ConfigError(sources[0] if len(sources) == 1 else "the captures of the training", problems)


def refuse_duplicates(rows: Sequence[Row], conditions: Sequence[Condition]) -> None:
    """
    Refuse the same files at the same setting, twice in one part of the data.

    :raises ConfigError: naming both
    """
    seen: dict[object, Row] = {}
    problems: dict[str, list[Problem]] = {}
    for row in rows:
        setting = tuple(settings_of(row, conditions).items())
        first = seen.setdefault((row.config.model_dump_json(), setting), row)
        if first is not row:
            other = first.place if first.place and first.source == row.source else first.title
            told = f"the same files at the same setting as {other}; remove one of them"
            problems.setdefault(row.source, []).append(Problem(row.place, told))
    for source, found in problems.items():
        raise ConfigError(source, found)
