"""
Which settings lie beside each other, and the best crossfade of two sounds.

Two settings are neighbours when no third one is nearer to both (the relative neighbourhood graph: Toussaint, Pattern
Recognition 12, 1980). Along one knob these are the one before and the one after.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from nam_kernel import Condition

Floats = npt.NDArray[np.float64]


def points(values: Sequence[Sequence[float]], conditions: Sequence[Condition]) -> Floats:
    """
    Return settings as points, (N, D): each knob from 0 to 1 along its curve, two positions of a switch 1 apart.

    :param values: (N, K), in the conditions' own units
    """
    columns: list[Floats] = []
    array = np.asarray(values, dtype=np.float64).reshape(len(values), len(conditions))
    for condition, column in zip(conditions, array.T, strict=True):
        if condition.choices:
            columns += [np.asarray(column.round() == i) / math.sqrt(2.0) for i in range(len(condition.choices))]
        else:
            columns.append(np.array([place_of(condition, value) for value in column]))
    return np.stack(columns, axis=1) if columns else np.zeros((len(values), 0))


def place_of(condition: Condition, value: float) -> float:
    """Return where a value lies in the range of its knob, from 0 to 1; raw for a knob without a range."""
    low, high = condition.low, condition.high
    if low == high or not condition.name:
        return value
    if condition.curve == "log":
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def value_at(condition: Condition, place: float) -> float:
    """Return the value at a place between 0 and 1; a switch is at its nearest position."""
    low, high = condition.low, condition.high
    if condition.curve == "log":
        value = low * (high / low) ** place
    else:
        value = low + place * (high - low)
    return float(round(value)) if condition.choices else min(max(value, low), high)


def between(a: Sequence[float], b: Sequence[float], share: float, conditions: Sequence[Condition]) -> tuple[float, ...]:
    """Return the setting that is a share of the way from one to another; a switch is at that of the nearer one."""
    found = []
    for condition, one, other in zip(conditions, a, b, strict=True):
        if condition.choices:
            found.append(one if share < 0.5 else other)
        elif condition.curve == "log":
            found.append(math.exp((1 - share) * math.log(one) + share * math.log(other)))
        else:
            found.append((1 - share) * one + share * other)
    return tuple(found)


def distances(a: Floats, b: Floats) -> Floats:
    """Return the distances of points (N, D) and (M, D): (N, M)."""
    apart: Floats = np.linalg.norm(a[:, None] - b[None], axis=2)
    return apart


def beside(at: Floats, nodes: Floats) -> list[int]:
    """
    Return which nodes are neighbours of a point.

    :param at: (D,)
    :param nodes: (N, D)
    """
    near = np.linalg.norm(nodes - at, axis=1)
    apart = distances(nodes, nodes)
    shut = np.maximum(near[None, :], apart) < near[:, None] - 1e-12
    return [int(i) for i in np.flatnonzero(~shut.any(axis=1))]


def edges(nodes: Floats) -> list[tuple[int, int]]:
    """Return the pairs of neighbours among nodes (N, D)."""
    apart = distances(nodes, nodes)
    pairs = itertools.combinations(range(len(nodes)), 2)
    return [(i, j) for i, j in pairs if not (np.maximum(apart[i], apart[j]) < apart[i, j] - 1e-12).any()]


def outside(at: Floats, nodes: Floats, steps: int = 100) -> float:
    """
    Return how far a point (D,) is from the convex hull of nodes (N, D), nearly.

    By the steps of Frank and Wolfe (Naval Research Logistics 3, 1956), each with the best length.
    """
    found = nodes[int(np.linalg.norm(nodes - at, axis=1).argmin())].copy()
    for _ in range(steps):
        way = nodes[int((nodes @ (found - at)).argmin())] - found
        length = float(way @ way)
        share = min(max(float((at - found) @ way) / length, 0.0), 1.0) if length else 0.0
        if not share:
            break
        found += share * way
    return float(np.linalg.norm(found - at))


def crossfade(gram: Floats, product: Floats, power: float, pair: tuple[int, int]) -> tuple[float, float]:
    """
    Return the share of the second of two sounds in the crossfade that is most like a target, and the ESR there.

    :param gram: (N, N), the inner products of the sounds
    :param product: (N,), those with the target
    :param power: that of the target with itself
    """
    a, b = pair
    bend = gram[a, a] - 2 * gram[a, b] + gram[b, b]
    share = (product[b] - product[a] - gram[a, b] + gram[a, a]) / bend if bend > 0 else 0.0
    share = min(max(float(share), 0.0), 1.0)
    return share, mixed_esr(gram, product, power, pair, share)


def mixed_esr(gram: Floats, product: Floats, power: float, pair: tuple[int, int], share: float) -> float:
    """Return the ESR of a crossfade of two sounds at a given share of the second one."""
    a, b = pair
    own = (1 - share) ** 2 * gram[a, a] + 2 * share * (1 - share) * gram[a, b] + share**2 * gram[b, b]
    error = own - 2 * ((1 - share) * product[a] + share * product[b]) + power
    return max(float(error), 0.0) / power if power > 0 else float("inf")


def beside_lines(at: Floats, nodes: Floats) -> float:
    """Return how far a point (D,) is from the nearest of all lines from node to node (N, D)."""
    a, b, share = nearest_pair(at, nodes)
    return float(np.linalg.norm(nodes[a] + share * (nodes[b] - nodes[a]) - at))


def nearest_pair(at: Floats, nodes: Floats) -> tuple[int, int, float]:
    """
    Return the two nodes between which a point lies, as near as there are any, and its share of the second.

    The two are the same beyond the outermost.
    """
    near = beside(at, nodes)
    best = (math.inf, 0, 0, 0.0)
    for i, j in itertools.combinations_with_replacement(near, 2):
        way = nodes[j] - nodes[i]
        length = float(way @ way)
        share = min(max(float((at - nodes[i]) @ way) / length, 0.0), 1.0) if length else 0.0
        off = float(np.linalg.norm(nodes[i] + share * way - at))
        # Of two pairs that pass equally near, the closer one sounds more alike.
        best = min(best, (off + 0.05 * math.sqrt(length), i, j, share))
    return best[1:]


def without(count: int, left_out: Iterable[int]) -> list[int]:
    """Return the numbers below ``count`` that are not left out."""
    out = set(left_out)
    return [i for i in range(count) if i not in out]
