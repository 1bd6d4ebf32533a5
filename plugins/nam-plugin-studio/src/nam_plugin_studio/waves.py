"""Pictures of recordings, as few numbers: the envelope of the whole, and a close-up of one attack."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
Json = dict[str, Any]

BINS = 900
"""Columns of an envelope: enough for a wide screen."""

_BEFORE, _AFTER = 0.004, 0.016
"""Seconds around an attack."""


def envelope(samples: Samples, bins: int = BINS) -> list[list[float]]:
    """
    Return the lowest and the highest sample of each part of a recording.

    :param samples: (L,), not empty
    :return: at most ``bins`` pairs
    """
    edges = np.unique(np.linspace(0, len(samples), min(bins, len(samples)) + 1).astype(int))[:-1]
    low, high = np.minimum.reduceat(samples, edges), np.maximum.reduceat(samples, edges)
    return [[round(float(a), 3), round(float(b), 3)] for a, b in zip(low, high, strict=True)]


def levels(samples: Samples) -> Json:
    """Return peak and RMS, in dB re full scale, and whether full scale is reached."""
    peak = float(np.abs(samples).max())
    rms = math.sqrt(float(np.mean(np.square(samples, dtype=np.float64))))
    return {"peak_db": _decibels(peak), "rms_db": _decibels(rms), "full": peak >= 1.0 - 2**-15}


def close_up(x: Samples, y: Samples, delay: int, rate: int) -> Json | None:
    """
    Return a short moment around the hardest attack of a DI, and the amplifier at the same moment, the delay undone.

    :param x: (L,), the DI
    :param y: (M,), the amplifier
    :param delay: in samples
    :return: ``seconds`` where it begins, ``step`` between two points in ms, ``x`` and ``y`` each at a peak of 1
    """
    before, after = round(_BEFORE * rate), round(_AFTER * rate)
    first = max(before, before - delay)
    last = min(len(x), len(y) - delay) - after
    if last <= first:
        return None
    frame = max(rate // 500, 1)
    usable = x[first:last]
    power = np.square(usable[: len(usable) // frame * frame], dtype=np.float64).reshape(-1, frame).mean(axis=1)
    if len(power) < 6:
        return None
    quiet = np.convolve(power, np.ones(4) / 4)[: len(power)]
    rise = power[4:] - 4 * quiet[3:-1]
    at = first + int(4 + np.argmax(rise)) * frame
    a, b = x[at - before : at + after], y[at - before + delay : at + after + delay]
    return {"seconds": round((at - before) / rate, 3), "step": 1000 / rate, "x": _normal(a), "y": _normal(b)}


def _normal(samples: Samples) -> list[float]:
    peak = max(float(np.abs(samples).max()), 1e-9)
    return [round(float(value), 3) for value in samples / peak]


def _decibels(ratio: float) -> float:
    return round(20 * math.log10(max(ratio, 1e-7)), 1)
