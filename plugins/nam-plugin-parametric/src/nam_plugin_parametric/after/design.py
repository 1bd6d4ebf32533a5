"""Which settings could be recorded next, and of those the farthest from all that are: a maximin design."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

from nam_kernel import Condition
from nam_plugin_parametric.after.neighbours import Floats, distances, points, value_at

Values = tuple[float, ...]

MOST_CANDIDATES = 4096

FINEST = 21
"""Values of a knob among the candidates, at most."""


def candidates(conditions: Sequence[Condition], recorded: Sequence[Values]) -> list[Values]:
    """Return settings that a control can be set to and that are not recorded: a grid, or of a large one a sample."""
    axes = [_axis(c) for c in conditions]
    if math.prod(map(len, axes)) <= MOST_CANDIDATES:
        grid = list(itertools.product(*axes))
    else:
        dice = np.random.default_rng(0)
        grid = [tuple(axis[int(dice.integers(len(axis)))] for axis in axes) for _ in range(MOST_CANDIDATES)]
    known = set(recorded)
    return [values for values in dict.fromkeys(grid) if values not in known]


def maximin(conditions: Sequence[Condition], recorded: Sequence[Values], count: int) -> list[Values]:
    """
    Return the settings that are, one after the other, farthest from all recorded and chosen ones.

    Greedy, after Johnson, Moore and Ylvisaker (Journal of Statistical Planning and Inference 26, 1990), who ask for the
    best of all designs.
    """
    return chosen(conditions, recorded, count, lambda listed: np.ones(len(listed)))


def chosen(
    conditions: Sequence[Condition], recorded: Sequence[Values], count: int, weigh: Callable[[list[Values]], Floats]
) -> list[Values]:
    """
    Return the candidates of the largest weight times distance from all recorded and chosen ones, one after the other.

    :param weigh: what a candidate is worth at an equal distance; where all are worth nothing the distance decides
    """
    listed = candidates(conditions, recorded)
    if not listed:
        return []
    weights, places = weigh(listed), points(listed, conditions)
    if not weights.any():
        weights = np.ones(len(listed))
    near = np.full(len(listed), np.inf)
    if recorded:
        near = distances(places, points(recorded, conditions)).min(axis=1)
    else:
        # With nothing recorded the middle is worth most.
        near = 2.0 - np.linalg.norm(places - (places.max(axis=0) + places.min(axis=0)) / 2, axis=1)
    found: list[Values] = []
    for step in range(min(count, len(listed))):
        worth = weights * near
        worth[[listed.index(values) for values in found]] = -1.0
        best = int(worth.argmax())
        found.append(listed[best])
        apart = np.linalg.norm(places - places[best], axis=1)
        near = apart if step == 0 and not recorded else np.minimum(near, apart)
    return found


def snapped(condition: Condition, value: float) -> float:
    """Return the nearest value that a control can be set to: a multiple of its step, or three digits without one."""
    if condition.choices:
        return float(round(value))
    if condition.step:
        steps = round((value - condition.low) / condition.step)
        value = float(f"{condition.low + steps * condition.step:.10g}")
    else:
        value = float(f"{value:.3g}")
    return min(max(value, condition.low), condition.high)


def _axis(condition: Condition) -> list[float]:
    if condition.choices:
        return [float(i) for i in range(len(condition.choices))]
    values = [snapped(condition, value_at(condition, i / (FINEST - 1))) for i in range(FINEST)]
    return list(dict.fromkeys(values))
