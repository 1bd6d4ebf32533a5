"""The corners of the knobs, and the moves between them: all, or a sample that is the same every time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from nam_kernel import Condition

Values = tuple[float, ...]


def corners(conditions: Sequence[Condition], most: int) -> tuple[list[Values], int]:
    """
    Return settings at which every knob is at one of its ends and every switch at one of its positions.

    :param most: so many are returned at most; the defaults are the first in any case
    :return: the settings, and how many corners there are
    """
    axes = [[float(i) for i in range(len(c.choices))] if c.choices else _ends(c) for c in conditions]
    count = math.prod(map(len, axes))
    default = tuple(c.default or 0.0 for c in conditions)
    if count <= most:
        return [default, *(p for p in itertools.product(*axes) if p != default)], count
    dice = np.random.default_rng(0)
    chosen = dict.fromkeys([default])
    while len(chosen) <= most:
        chosen[tuple(axis[int(dice.integers(len(axis)))] for axis in axes)] = None
    return list(chosen), count


def moves(settings: Sequence[Values], most: int) -> list[tuple[Values, Values]]:
    """
    Return moves between settings, both ways: of one knob first, then of several together.

    :param most: so many are returned at most, a sample that is the same every time
    """
    pairs = list(itertools.permutations(settings, 2)) if len(settings) <= 64 else _sampled(settings, 4 * most)
    alone = [pair for pair in pairs if _moved(*pair) == 1]
    together = [pair for pair in pairs if _moved(*pair) > 1]
    dice = np.random.default_rng(1)
    for listed in (alone, together):
        dice.shuffle(listed)
    first = alone[: max(most - len(together), most * 3 // 4)]
    return first + together[: most - len(first)]


def _ends(condition: Condition) -> list[float]:
    return [condition.low] if condition.low == condition.high else [condition.low, condition.high]


def _moved(a: Values, b: Values) -> int:
    return sum(one != other for one, other in zip(a, b, strict=True))


def _sampled(settings: Sequence[Values], count: int) -> list[tuple[Values, Values]]:
    dice = np.random.default_rng(2)
    drawn = [dice.choice(len(settings), 2, replace=False) for _ in range(count)]
    return list(dict.fromkeys((settings[int(a)], settings[int(b)]) for a, b in drawn))
