"""
Find how soon an output answers after digital silence in the input.

Whatever the amplifier does, it cannot answer before the first sample that is not silent. One such place is worth more
than all statistics, as far as the output's own noise lets the beginning be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from nam_plugin_wav.response import Floats, Signal, cut

_SILENT_SECONDS = 0.1
_QUIET_SECONDS = 0.03
_REACH_SECONDS = 0.01
_PEAK_SECONDS = 0.005

_SHARE = 1e-4
"""An answer begins where it reaches -80 dB of its peak."""

_OUT_OF_THE_NOISE = 1.5
_LOUD = 20.0
_MOST = 64


@dataclass(frozen=True)
class Answer:
    """
    How soon an output answers after silence.

    :param after: samples, counted from where the course of the lag expects the input's first one
    :param exact: whether the noise of the output hid nothing of its beginning
    """

    after: int
    exact: bool


def first_answer(x: Signal, y: Signal, sample_rate: float, lag_at: Callable[[float], int]) -> Answer | None:
    """
    Return the soonest answer after silence, or None where the input is never silent, or the output too noisy.

    :param lag_at: the lag of the output at a sample of the input, in samples
    """
    answers = [answer for n in _awakenings(x, sample_rate) if (answer := _answer(y, n, sample_rate, lag_at(n)))]
    exact = [answer for answer in answers if answer.exact]
    return min(exact or answers, key=lambda answer: answer.after, default=None)


def _awakenings(x: Signal, sample_rate: float) -> Iterator[int]:
    """Yield the first samples after a stretch in which the input does not change."""
    changes = np.flatnonzero(x[1:] != x[:-1]) + 1
    silent = np.flatnonzero(np.diff(changes, prepend=0) >= _SILENT_SECONDS * sample_rate)
    yield from (int(n) for n in changes[silent][:_MOST])


def _answer(y: Signal, n: int, sample_rate: float, lag: int) -> Answer | None:
    quiet, reach, ahead = (round(s * sample_rate) for s in (_QUIET_SECONDS, _REACH_SECONDS, _PEAK_SECONDS))
    first = n + lag - reach - quiet
    if first < 0 or n + lag + reach + ahead > len(y) or quiet < 8:
        return None
    heard = _smooth(cut(y, first - 4, quiet + 2 * reach + ahead + 4))
    deviation = np.abs(heard - np.median(heard[:quiet]))
    noise = float(deviation[:quiet].max())
    peak = float(deviation[quiet : quiet + reach + ahead].max())
    needed = max(_OUT_OF_THE_NOISE * noise, _SHARE * peak)
    if peak == 0 or peak < _LOUD * noise:
        return None
    after = int((deviation[quiet:] > needed).argmax()) - reach
    return Answer(after, exact=needed <= _SHARE * peak)


def _smooth(samples: Floats) -> Floats:
    """Return the samples without what rings at half the sample rate before an edge, in files that were resampled."""
    smooth: Floats = np.convolve(samples, np.array([1, 4, 6, 4, 1]) / 16, "valid")
    return smooth
