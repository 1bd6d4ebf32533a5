"""Find what is wrong with the choice of the settings: knobs that move together, settings twice, or held out and not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from nam_kernel import Condition, Finding
from nam_plugin_parametric.captures.measuring import Measured
from nam_plugin_parametric.captures.space import farthest_corner, points_of, rank_correlation, spoken_setting

TOGETHER = 0.85
"""The rank correlation of two knobs from which a net cannot tell them apart."""


def settings_findings(captures: Sequence[Measured], conditions: Sequence[Condition]) -> Iterator[Finding]:
    """Yield what is wrong with the settings of captures in which no knob moves."""
    trained = [m for m in captures if m.split == "train" and not m.capture.moving]
    held_out = [m for m in captures if m.split == "validation" and not m.capture.moving]
    if len(trained) == sum(m.split == "train" for m in captures):
        yield from _together(trained, conditions)
        yield from _beyond(trained, held_out, conditions)
    yield from _twice(trained, conditions)
    yield from _held_out(trained, held_out, conditions)


def _together(trained: Sequence[Measured], conditions: Sequence[Condition]) -> Iterator[Finding]:
    """Yield the pairs of knobs that no net can tell apart; positions of a switch with more than two have no order."""
    distinct = [dict(s) for s in dict.fromkeys(tuple(m.capture.settings.items()) for m in trained)]
    ordered = [c for c in conditions if len(c.choices) <= 2]
    for a, b in itertools.combinations(ordered, 2):
        points = points_of(distinct, (a, b))
        found = rank_correlation(points[:, 0], points[:, 1])
        if abs(found) < TOGETHER:
            continue
        way = "together" if found > 0 else "against each other"
        told = f"{a.name} and {b.name} move {way} (rank correlation {found:+.2f}), so that no net can tell them apart"
        corner = spoken_setting(farthest_corner(distinct, (a, b)), (a, b))
        remedy = f'record {corner} next, or leave one of them out ("knobs": {{"{b.name}": null}} in common)'
        yield Finding("warning", "knobs", told, remedy, kind="together", facts={"rank_correlation": round(found, 4)})


def _twice(trained: Sequence[Measured], conditions: Sequence[Condition]) -> Iterator[Finding]:
    """Yield settings that several outputs have; parts of one file are no two recordings."""
    by_setting: dict[tuple[tuple[str, float], ...], dict[Path, str]] = {}
    for m in trained:
        key = tuple(m.capture.settings.items())
        by_setting.setdefault(key, {}).setdefault(m.capture.recording.row.config.y_path, m.name)
    for setting, names in by_setting.items():
        if len(names) > 1 and conditions:
            told = f"{' and '.join(names.values())} have the same setting ({spoken_setting(dict(setting), conditions)})"
            yield Finding("warning", "knobs", told, "correct one of them, or keep the better take", kind="twice")


def _held_out(
    trained: Sequence[Measured], held_out: Sequence[Measured], conditions: Sequence[Condition]
) -> Iterator[Finding]:
    known = {tuple(m.capture.settings.items()) for m in trained}
    seen = [m for m in held_out if tuple(m.capture.settings.items()) in known]
    if not seen or not conditions:
        return
    which = "all settings" if len(seen) == len(held_out) else f"{len(seen)} of {len(held_out)} settings"
    told = f"{which} of the validation are trained as well, so it does not tell how the net does between them"
    remedy = "hold out one or more settings (split: validation in the table)"
    yield Finding("note", "validation", told, remedy, kind="seen")


def _beyond(
    trained: Sequence[Measured], held_out: Sequence[Measured], conditions: Sequence[Condition]
) -> Iterator[Finding]:
    """Yield the knobs that the validation turns further than the training."""
    for condition in conditions if trained else ():
        name = condition.name
        known = [m.capture.settings[name] for m in trained]
        beyond = [m for m in held_out if not min(known) <= m.capture.settings[name] <= max(known)]
        if beyond:
            setting = spoken_setting({name: beyond[0].capture.settings[name]}, [condition])
            told = (
                f"the validation has {setting}, which is outside of what is trained ({min(known):g} to {max(known):g})"
            )
            remedy = "train the ends of the range, and hold out a setting between them"
            yield Finding("warning", "validation", told, remedy, kind="beyond")
