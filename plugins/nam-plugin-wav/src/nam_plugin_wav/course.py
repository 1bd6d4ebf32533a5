"""How the lag of an output runs over a recording: it stays, it drifts with another clock, or it jumps at a slip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from nam_plugin_wav.response import Floats

_MAX_DRIFT = 200e-6
"""More than any two sound cards differ by."""

_CERTAIN_DRIFT = 5e-6
"""A drift is known where its standard error is below this, the lag of a place being known to a sample."""

_LEAST_DRIFT = 3e-6
"""What is less than this is the same clock."""

_NEARER = 0.5
"""The distance of places from a line, over that from a level, below which the lag drifts."""

_PRICE_OF_A_SLIP = 1.6
"""A slip explains more than one doubtful place that would disagree otherwise, or one that is beyond doubt."""

_SURE, _SURE_TOGETHER = 0.6, 1.0
"""The strength from which a single place supports a step, and that of several together."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Step:
    """
    A jump of the lag.

    :param low: the last sample of the input that is known to lie before it
    :param high: the first one that is known to lie after it
    :param samples: by which the lag grows; negative where some are missing in the output
    """

    low: int
    high: int
    samples: int

    @property
    def at(self) -> float:
        """Where it is, in samples of the input."""
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class Course:
    """
    The lag over time: a line, or steps.

    :param middle: the position at which a line has ``lag``, in samples of the input
    :param lag: in samples; of steps the first one
    :param slope: samples of lag per sample; 0 where a drift cannot be told from none
    :param drift: the same as measured, None where the recording is too short to tell, or slips
    :param steps: of the lag, in their order
    """

    middle: float
    lag: float
    slope: float = 0.0
    drift: float | None = None
    steps: tuple[Step, ...] = ()

    def lag_at(self, position: float) -> int:
        """Return the lag, in whole samples, at a sample of the input."""
        jumps = sum(step.samples for step in self.steps if position >= step.at)
        return round(self.lag + self.slope * (position - self.middle)) + jumps

    def lowest(self, start: int, stop: int) -> float:
        """Return the smallest lag from one sample of the input to another."""
        drifted = min(self.slope * (position - self.middle) for position in (start, stop))
        jumped = [
            sum(step.samples for step in self.steps if position >= step.at)
            for position in (start, *self._between(start, stop))
        ]
        return self.lag + drifted + min(jumped)

    def _between(self, start: int, stop: int) -> list[float]:
        return [step.at for step in self.steps if start < step.at < stop]


def follow(
    middles: Sequence[float], lags: Sequence[float], strengths: Sequence[float], tolerance: float
) -> tuple[Course, Mask]:
    """
    Return the course on which most places lie, and which of them do.

    :param middles: of the places, rising, in samples of the input; at least one
    :param lags: there, in samples
    :param strengths: how far each is beyond doubt, 0 to 1
    :param tolerance: how far from the course a place may lie, in samples
    """
    at, lag = np.asarray(middles, np.float64), np.asarray(lags, np.float64)
    strength = np.asarray(strengths, np.float64)
    weight = 0.5 + 1.5 * strength
    on_line = _largest_group(at, lag, tolerance)
    levels = _levels(lag, weight, tolerance)
    on_steps = np.abs(lag - levels) <= tolerance
    jumps = np.flatnonzero(np.diff(levels))
    price = float(weight[~on_steps].sum()) + _PRICE_OF_A_SLIP * len(jumps)
    if len(jumps) and price < float(weight[~on_line].sum()) and _supported(levels, on_steps, strength):
        return _steps(at, lag, levels, jumps, on_steps), on_steps
    slope, error = _line(at[on_line], lag[on_line])
    known = error[1] < _CERTAIN_DRIFT
    drifts = known and abs(slope) > max(5 * error[0], _LEAST_DRIFT) and _runs(at[on_line], lag[on_line], slope)
    level = lag[on_line].mean() if drifts else np.median(lag[on_line])
    course = Course(float(at[on_line].mean()), float(level), slope if drifts else 0.0, slope if known else None)
    return course, on_line


def _runs(at: Floats, lag: Floats, slope: float) -> bool:
    """Return whether a line is much nearer to most places than a level is."""
    along = lag - slope * at
    spread = [float(np.median(np.abs(values - np.median(values)))) for values in (along, lag)]
    return spread[0] < _NEARER * spread[1]


def _steps(at: Floats, lag: Floats, levels: Floats, jumps: npt.NDArray[np.intp], inside: Mask) -> Course:
    """Return the steps, each between the places on its two sides."""
    bounds = [0, *(jumps + 1).tolist(), len(lag)]
    medians = [float(np.median(lag[low:high][inside[low:high]])) for low, high in pairwise(bounds)]
    found = tuple(
        Step(int(at[jump]), int(at[jump + 1]), round(after - before))
        for jump, (before, after) in zip(jumps.tolist(), pairwise(medians), strict=True)
    )
    return Course(float(at[0]), medians[0], steps=found)


def _supported(levels: Floats, inside: Mask, strength: Floats) -> bool:
    """Return whether every step has places enough that lie on it, or one that is beyond doubt."""
    bounds = [0, *(np.flatnonzero(np.diff(levels)) + 1).tolist(), len(levels)]
    parts = [strength[low:high][inside[low:high]] for low, high in pairwise(bounds)]
    return all(part.sum() >= _SURE_TOGETHER or part.max(initial=0.0) >= _SURE for part in parts)


def _levels(lag: Floats, weight: Floats, tolerance: float) -> Floats:
    """Return for every place the level of a piecewise constant lag that leaves few places out (Viterbi's algorithm)."""
    candidates = np.unique(lag)
    cost = np.zeros(len(candidates))
    came: list[npt.NDArray[np.intp]] = []
    for value, price in zip(lag, weight, strict=True):
        best = int(cost.argmin())
        jump = cost > cost[best] + _PRICE_OF_A_SLIP
        came.append(np.where(jump, best, np.arange(len(candidates))))
        # A tiny price of the distance, so that of levels that fit alike the nearest is taken.
        distance = np.abs(candidates - value)
        miss = np.where(distance > tolerance, price, 1e-3 * distance / max(tolerance, 1e-9))
        cost = np.where(jump, cost[best] + _PRICE_OF_A_SLIP, cost) + miss
    state = int(cost.argmin())
    path = []
    for back in reversed(came):
        path.append(state)
        state = int(back[state])
    return candidates[path[::-1]]


def _largest_group(middles: Floats, lags: Floats, tolerance: float) -> Mask:
    """
    Return a mask of the largest group, having tried the line through every two places and the level of each.

    Of equally large groups it is the one that drifts least, then the one with the smallest lag.
    """
    best = np.zeros(len(lags), bool)
    least = (0.0, np.inf, np.inf)
    for i in range(len(lags)):
        for j in range(i, len(lags)):
            slope = 0.0 if i == j else float((lags[j] - lags[i]) / (middles[j] - middles[i]))
            if abs(slope) > _MAX_DRIFT:
                continue
            inside = np.abs(lags - lags[i] - slope * (middles - middles[i])) <= tolerance
            order = (-float(inside.sum()), abs(slope), abs(float(lags[i])))
            if order < least:
                best, least = inside, order
    return best


def _line(middles: Floats, lags: Floats) -> tuple[float, tuple[float, float]]:
    """
    Return the slope of the line that fits, and its standard error, by the rounding of the lags and at least a sample.

    Both are infinite where the points are too few.
    """
    if len(lags) < 4:
        return 0.0, (np.inf, np.inf)
    time = middles - middles.mean()
    spread = float(np.sum(time**2))
    slope = float(np.sum(time * (lags - lags.mean())) / spread)
    rest = lags - lags.mean() - slope * time
    variance = float(np.sum(rest**2)) / (len(lags) - 2)
    rounded, coarse = (float(np.sqrt(max(variance, least) / spread)) for least in (1 / 12, 1.0))
    return slope, (rounded, coarse)
