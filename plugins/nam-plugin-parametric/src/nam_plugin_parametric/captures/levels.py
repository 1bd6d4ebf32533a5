"""Find captures that are silent or clipped, or far louder or quieter than their neighbours predict."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from nam_kernel import Condition, Finding
from nam_plugin_parametric.captures.measuring import Measured
from nam_plugin_parametric.captures.space import Points, points_of
from nam_plugin_parametric.wording import named

APART_DB = 6.0
"""How far a level may lie outside of what the others predict."""

LOWEST_DB, USUAL_DB = -32.0, -18.0
"""The RMS level, in dB relative to full scale, below which a net learns badly; and one at which it learns well."""

_FEWEST = 4


def level_findings(captures: Sequence[Measured], conditions: Sequence[Condition]) -> Iterator[Finding]:
    """Yield what is wrong with the levels of the outputs."""
    sounding = []
    for m in captures:
        if m.peak == 0:
            remedy = "check the file, its channel, and start and stop"
            yield Finding("error", m.capture.title, f"{m.name} is silent throughout", remedy, kind="silence")
        else:
            sounding.append(m)
    clipped = list(dict.fromkeys(m.name for m in sounding if m.clipped > 1 and m.found is not None))
    if clipped:
        told = f"{len(clipped)} captures reach full scale: {named(clipped)}"
        remedy = "a net cannot tell clipping from the amplifier's own sound; record at a lower level"
        yield Finding("warning", "captures", told, remedy, kind="clipping")
    trained = [m.level + 20 * math.log10(abs(m.capture.factor)) for m in sounding if m.split == "train"]
    if trained and max(trained) < LOWEST_DB:
        loudest = max(trained)
        told = f"the loudest capture has {loudest:.0f} dBFS RMS, at which a net learns much worse than at usual levels"
        remedy = f"set y_scale to {10 ** ((USUAL_DB - loudest) / 20):.0f} in common; the model is that much louder then"
        yield Finding("warning", "captures", told, remedy, kind="usual_level")
    by_input: dict[object, list[Measured]] = {}
    for m in sounding:
        if not m.capture.moving:
            by_input.setdefault(m.capture.recording.input_key, []).append(m)
    for group in by_input.values():
        yield from _unlike_neighbours(group, conditions)


def predicted(points: Points, levels: Points, index: int) -> tuple[float, float]:
    """
    Return the range in which the level of one capture is expected, from those of all others.

    Where there are captures along a knob, it spans its neighbours there, and straight lines through the two next on
    either side; otherwise a plane through all levels, and their mean weighted by the inverse square of the distance.

    :param points: the settings, (N, K)
    :param levels: in dB, (N,)
    """
    others = np.arange(len(points)) != index
    estimates = [
        estimate
        for knob in range(points.shape[1])
        for estimate in _along(points[others], levels[others], points[index], knob)
    ]
    if not estimates:
        weights = 1 / (np.sum((points[others] - points[index]) ** 2, axis=1) + 1e-6)
        plane = np.hstack([points, np.ones((len(points), 1))])
        solved, *_ = np.linalg.lstsq(plane[others], levels[others], rcond=None)
        estimates = [float(weights @ levels[others] / weights.sum()), float(plane[index] @ solved)]
    return min(estimates), max(estimates)


def _along(points: Points, levels: Points, at: Points, knob: int) -> Iterator[float]:
    """Yield estimates of a level from the captures that differ in one knob only, where there are at least three."""
    rest = np.delete(points, knob, axis=1) == np.delete(at, knob)
    line = np.flatnonzero(rest.all(axis=1) & (points[:, knob] != at[knob]))
    if len(line) < _FEWEST - 1:
        return
    for side in (line[points[line, knob] < at[knob]], line[points[line, knob] > at[knob]]):
        near = side[np.argsort(np.abs(points[side, knob] - at[knob]))][:2]
        yield from (float(levels[n]) for n in near[:1])
        if len(near) == 2:
            (p, q), (a, b) = points[near, knob], levels[near]
            yield float(a + (a - b) * (at[knob] - p) / (p - q)) if p != q else float(a)


def _unlike_neighbours(group: Sequence[Measured], conditions: Sequence[Condition]) -> Iterator[Finding]:
    left = list(group)
    while len(left) >= _FEWEST and len(left) > 3 / 4 * len(group):
        points = points_of([m.capture.settings for m in left], conditions)
        levels = np.array([m.level for m in left])
        ranges = [predicted(points, levels, index) for index in range(len(left))]
        off = np.array([level - min(max(level, low), high) for level, (low, high) in zip(levels, ranges, strict=True)])
        worst = int(np.argmax(np.abs(off)))
        if abs(off[worst]) < APART_DB:
            return
        m = left.pop(worst)
        told = (
            f"{m.name} is {abs(off[worst]):.0f} dB {'louder' if off[worst] > 0 else 'quieter'} than the others predict"
        )
        remedy = f"check its setting and the recording's level ({m.level:.1f} dBFS RMS); y_scale corrects a level"
        facts = {"decibels": round(float(off[worst]), 1)}
        yield Finding("warning", m.capture.title, told, remedy, kind="level", facts=facts)
