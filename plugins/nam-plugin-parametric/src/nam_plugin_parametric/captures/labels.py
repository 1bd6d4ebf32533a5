"""
Find settings that were exchanged, as far as that can be heard without a net.

Along a knob, neighbours sound alike: the path from capture to capture, in distances between their sounds, is about the
shortest when the order is right. Two captures whose exchange makes it clearly shorter are named, with a "maybe".
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from nam_kernel import Condition, Finding
from nam_plugin_parametric.captures.measuring import Floats, Measured
from nam_plugin_parametric.captures.space import spoken_setting

SHORTER = 0.92
"""The path that an exchange leaves, as a part of the one before, from which it is told."""

FEWEST, MOST = 4, 64


def label_findings(captures: Sequence[Measured], conditions: Sequence[Condition]) -> Iterator[Finding]:
    """Yield the captures that seem to have each other's settings."""
    still = [m for m in captures if not m.capture.moving and m.peak > 0]
    told: set[frozenset[str]] = set()
    for condition in conditions:
        if condition.choices:
            continue
        for line in _lines(still, condition):
            pair = exchanged(line)
            names = frozenset(m.name for m in pair)
            if not pair or names in told:
                continue
            told.add(names)
            named = sorted(pair, key=lambda m: m.name)
            what = " and ".join(f"{m.name} ({spoken_setting(m.capture.settings, [condition])})" for m in named)
            sentence = f"{what} were maybe exchanged: along {condition.name} they sound like each other's place"
            yield Finding("warning", "knobs", sentence, "listen to both, and correct the table", kind="exchanged")


def exchanged(line: Sequence[Measured]) -> tuple[Measured, ...]:
    """
    Return the two captures of a line that seem to be exchanged; nothing where the order is fine.

    :param line: captures in the order of a knob, at least ``FEWEST``
    """
    apart = distances([m.bands() for m in line])
    order = list(range(len(line)))
    before = _path(apart, order)
    best, pair = before, None
    for i, j in itertools.combinations(order, 2):
        swapped = list(order)
        swapped[i], swapped[j] = j, i
        length = _path(apart, swapped)
        if length < best:
            best, pair = length, (i, j)
    return () if pair is None or best > SHORTER * before else (line[pair[0]], line[pair[1]])


def distances(sounds: Sequence[Floats]) -> Floats:
    """
    Return how different sounds are, RMS over time and bands in dB, (N, N).

    :param sounds: each (F, B); the longer is cut to the shorter
    """
    apart = np.zeros((len(sounds), len(sounds)))
    for i, j in itertools.combinations(range(len(sounds)), 2):
        frames = min(len(sounds[i]), len(sounds[j]))
        if frames:
            difference = sounds[i][:frames] - sounds[j][:frames]
            apart[i, j] = apart[j, i] = float(np.sqrt(np.mean(difference**2)))
    return apart


def _path(apart: npt.NDArray[np.float64], order: Sequence[int]) -> float:
    return float(sum(apart[a, b] for a, b in itertools.pairwise(order)))


def _lines(captures: Sequence[Measured], condition: Condition) -> Iterator[list[Measured]]:
    """Yield the captures of one input along a knob, everything else standing still, each value once."""
    groups: dict[object, dict[float, Measured]] = {}
    for m in captures:
        rest = tuple((name, value) for name, value in m.capture.settings.items() if name != condition.name)
        span = m.capture.recording.pair.span
        key = (rest, m.capture.recording.input_key, m.capture.recording.pair.config.start_samples, span.start)
        groups.setdefault(key, {}).setdefault(m.capture.settings[condition.name], m)
    for group in groups.values():
        if FEWEST <= len(group) <= MOST:
            yield [group[value] for value in sorted(group)]
