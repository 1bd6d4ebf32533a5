"""Measure how long an amplifier's answer goes on, as far as reverberation is concerned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nam_plugin_wav.alignment import Alignment
from nam_plugin_wav.response import Floats, Signal, cut, whitened

_SECONDS = 60.0
_SPAN_SECONDS = 1.0
_STEP_SECONDS = 0.01
_CLEAR = 0.12
_OUT_OF_THE_NOISE = 0.5


@dataclass(frozen=True)
class Tail:
    """
    How much of an answer is still to come.

    :param step: in seconds
    :param remaining: (N,), the share of the answer's power that comes later than ``n * step``; what cannot be told
        from noise counts as nothing
    """

    step: float
    remaining: tuple[float, ...] = (0.0,)

    def after(self, seconds: float) -> float:
        """Return the share of the power that comes later."""
        at = int(np.ceil(seconds / self.step))
        return self.remaining[at] if at < len(self.remaining) else 0.0


def measure_tail(x: Signal, y: Signal, sample_rate: float, found: Alignment) -> Tail:
    """
    Return how the answer dies away.

    What a filter of minimum phase does, a cabinet's or a tone stack's ringing, is no tail: the whitening undoes it.
    What is found before the answer begins is noise, and as much of it lies after.
    """
    span, step = round(_SPAN_SECONDS * sample_rate), max(round(_STEP_SECONDS * sample_rate), 1)
    length = min(len(x), len(y), round(_SECONDS * sample_rate))
    start = (min(len(x), len(y)) - length) // 2
    lag = found.course.lag_at(start + length / 2) + found.begins
    played = whitened(cut(x, start, length), found.shared.played)
    heard = whitened(cut(y, start + lag - span, length + 2 * span), found.shared.heard)
    power = _correlation(played, heard, 2 * span) ** 2
    noise, answer = power[:span][::-1], power[span:]
    steps = np.arange(0, span, step)
    excess, floor = (np.add.reduceat(values, steps)[::-1].cumsum()[::-1] for values in (answer - noise, noise))
    if excess[0] < _CLEAR:
        return Tail(step / sample_rate)
    known = excess > _OUT_OF_THE_NOISE * floor[0]
    return Tail(step / sample_rate, tuple(np.where(known, excess / excess[0], 0.0).tolist()))


def _correlation(played: Floats, heard: Floats, count: int) -> Floats:
    """Return the correlation at ``count`` lags, 1 at most."""
    size = 1 << int(np.ceil(np.log2(len(played) + len(heard))))
    cross = np.fft.irfft(np.fft.rfft(heard, size) * np.fft.rfft(played, size).conj(), size)[:count]
    loud = np.sqrt(np.square(played).sum() * np.square(heard).sum()) + np.finfo(float).tiny
    correlation: Floats = cross / loud
    return correlation
