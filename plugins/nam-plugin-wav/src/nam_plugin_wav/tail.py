"""Find whether an output rings on, as reverberation does: after the input fell silent, or in the response itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nam_plugin_wav.alignment import Alignment
from nam_plugin_wav.response import Floats, Signal, cut, whitened

SOONEST_SECONDS = 0.05
"""What comes sooner is a cabinet's ringing, or a room."""

_WINDOW_SECONDS = 0.1
_PLAYED_SECONDS = 0.3
_FRAME_SECONDS = 0.01
_SILENT = 1e-4
_LOUDEST = 1e-3
_FALLING = 2.0
_MOST = 32

_SECONDS = 30.0
_SPAN_SECONDS = 1.0
_LINEAR = 0.6
_SHARE = 0.05
_OUT_OF_THE_NOISE = 0.5


def rings_on(x: Signal, y: Signal, sample_rate: float, found: Alignment, after: float) -> float | None:
    """
    Return how many dB an output has fallen after the end of the playing, or None where it does not ring on.

    :param after: how long after, in seconds; at least 0.05
    :return: at most 30
    """
    after = max(after, SOONEST_SECONDS)
    shares = list(_left(x, y, sample_rate, found, after))
    left = float(np.median(shares)) if shares else 0.0
    left = left if left > _LOUDEST else _share_of_response(x, y, sample_rate, found, after)
    return -10 * float(np.log10(left)) if left > _LOUDEST else None


def _left(x: Signal, y: Signal, sample_rate: float, found: Alignment, after: float) -> Iterator[float]:
    """Yield the power of the output a while after the input fell silent, over that before."""
    late, window, played = (round(s * sample_rate) for s in (after, _WINDOW_SECONDS, _PLAYED_SECONDS))
    for n in _endings(x, sample_rate, late + 2 * window)[:_MOST]:
        start = n + found.course.lag_at(n) + found.begins
        if start < played or start + late + 2 * window > len(y):
            continue
        before, soon, later = (
            float(np.var(cut(y, at, length)))
            for at, length in ((start - played, played), (start + late, window), (start + late + window, window))
        )
        # What stays is noise; what falls is a tail.
        if before > 0:
            yield (soon - later) / before if soon > _FALLING * later else 0.0


def _endings(x: Signal, sample_rate: float, silence: int) -> list[int]:
    """Return where the input falls silent for so many samples, right after it was played."""
    frame = max(round(_FRAME_SECONDS * sample_rate), 1)
    count = len(x) // frame
    if not count:
        return []
    peaks = np.abs(x[: count * frame]).reshape(count, frame).max(axis=1)
    quiet = np.concatenate([peaks < _SILENT * peaks.max(), [False]])
    begins = np.flatnonzero(quiet[1:] & ~quiet[:-1]) + 1
    ends = np.array([begin + int((~quiet[begin:]).argmax()) for begin in begins], np.int64)
    return [int(begin) * frame for begin, end in zip(begins, ends, strict=True) if (end - begin) * frame >= silence]


def _share_of_response(x: Signal, y: Signal, sample_rate: float, found: Alignment, after: float) -> float:
    """
    Return the share of the power of a response that comes later, 0 where it cannot be told.

    The whitening undoes a cabinet's ringing, which is of minimum phase. What is found before the response begins is
    noise, and as much of it lies after. An amplifier that distorts answers what a string still plays, however long ago
    it was plucked, so that only one that hardly does can be judged.
    """
    span = round(_SPAN_SECONDS * sample_rate)
    length = min(len(x), len(y), round(_SECONDS * sample_rate))
    start = (min(len(x), len(y)) - length) // 2
    lag = found.course.lag_at(start + length / 2) + found.begins
    played = whitened(x, start, length, found.shared.played)
    heard = whitened(y, start + lag - span, length + 2 * span, found.shared.heard)
    power = _correlation(played, heard, 2 * span) ** 2
    noise, answer = power[:span][::-1], power[span:]
    late = min(round(after * sample_rate), span)
    whole, rest = (float((answer - noise)[n:].sum()) for n in (0, late))
    told = whole > _LINEAR and rest > max(_SHARE * whole, _OUT_OF_THE_NOISE * float(noise.sum()))
    return rest / whole if told else 0.0


def _correlation(played: Floats, heard: Floats, count: int) -> Floats:
    """Return the correlation at ``count`` lags, 1 at most."""
    size = 1 << int(np.ceil(np.log2(len(played) + len(heard))))
    cross = np.fft.irfft(np.fft.rfft(heard, size) * np.fft.rfft(played, size).conj(), size)[:count]
    loud = np.sqrt(np.square(played).sum() * np.square(heard).sum()) + np.finfo(float).tiny
    correlation: Floats = cross / loud
    return correlation
