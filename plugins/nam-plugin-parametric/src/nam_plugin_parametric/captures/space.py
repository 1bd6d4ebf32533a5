"""Settings as points: every knob from 0 to 1, as its curve has it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from nam_kernel import Condition
from nam_plugin_parametric.captures.knobs import spoken

Points = npt.NDArray[np.float64]
Setting = Mapping[str, float]


def points_of(settings: Sequence[Setting], conditions: Sequence[Condition]) -> Points:
    """Return settings as points, (N, K); each has a value for every knob."""
    values = [[place_of(c, setting[c.name]) for c in conditions] for setting in settings]
    return np.array(values, dtype=np.float64).reshape(len(settings), len(conditions))


def place_of(condition: Condition, value: float) -> float:
    """Return where a value is in the range of its knob, 0 to 1."""
    low, high = condition.low, condition.high
    if low == high:
        return 0.0
    if condition.curve == "log":
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def rank_correlation(a: Points, b: Points) -> float:
    """
    Return Spearman's rank correlation of two columns, ties at their average rank; 0 where one does not vary.

    :param a: (N,)
    :param b: (N,)
    """
    ranks = [_ranks(values) - (len(values) - 1) / 2 for values in (a, b)]
    norm = math.sqrt(float((ranks[0] @ ranks[0]) * (ranks[1] @ ranks[1])))
    return float(ranks[0] @ ranks[1]) / norm if norm > 0 else 0.0


def farthest_corner(settings: Sequence[Setting], pair: tuple[Condition, Condition]) -> dict[str, float]:
    """
    Return the setting of two knobs, both at an end of what is recorded, that is farthest from all recordings.

    :param settings: the recordings
    """
    recorded = points_of(settings, pair)
    ends = [[min(s[c.name] for s in settings), max(s[c.name] for s in settings)] for c in pair]
    corners = [dict(zip([c.name for c in pair], corner, strict=True)) for corner in itertools.product(*ends)]

    def distance(corner: Setting) -> float:
        return float(np.min(np.linalg.norm(recorded - points_of([corner], pair), axis=1)))

    return max(corners, key=distance)


def spoken_setting(setting: Setting, conditions: Sequence[Condition]) -> str:
    """Return a setting in words, with units: ``drive 12, master 6``."""
    units = {c.name: f" {c.unit}" if c.unit else "" for c in conditions}
    known = [c for c in conditions if c.name in setting]
    return ", ".join(f"{c.name} {spoken(c, setting[c.name])}{units[c.name]}" for c in known)


def _ranks(values: Points) -> Points:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    firsts = np.cumsum(counts) - counts
    ranks: Points = (firsts + (counts - 1) / 2)[inverse]
    return ranks
