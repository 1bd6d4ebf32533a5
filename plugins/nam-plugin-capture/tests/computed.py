"""Playing and an amplifier that are computed, small enough for a training of seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from nam_plugin_capture.strings import playing

RATE = 16000
"""In Hz; low, so that a test lasts seconds."""

Samples = np.ndarray


def guitar(seconds: float, seed: int = 0, rate: int = RATE) -> Samples:
    """Return playing, with half a second of silence before its last fifth."""
    played = 0.6 * playing(seconds, rate, seed) / 2
    start = round(0.8 * len(played))
    played[start - rate // 2 : start] = 0.0
    return played


def amplifier(x: Samples, drive: float = 6.0) -> Samples:
    """Return what a filter, an asymmetric saturation and a duller filter make of a signal; each answers at once."""
    driven = np.convolve(x, [1.0, -0.6])[: len(x)]
    clipped = np.tanh(drive * driven + 0.3) - np.tanh(0.3)
    return 0.4 * np.convolve(clipped, 0.3 * 0.7 ** np.arange(24))[: len(x)]


def late(y: Samples, delay: int) -> Samples:
    """Return a signal that is later by a number of samples, or earlier where it is negative."""
    moved = np.zeros_like(y)
    if delay >= 0:
        moved[delay:] = y[: len(y) - delay]
    else:
        moved[:delay] = y[-delay:]
    return moved


def pair(
    folder: Path,
    *,
    seconds: float = 14.0,
    drive: float = 6.0,
    change: Callable[[Samples], Samples] = lambda y: y,
    rate: int = RATE,
) -> tuple[Path, Path]:
    """Write ``di.wav`` and ``amp.wav``, the amplifier changed, in 24 bits, with a little noise; return their paths."""
    x = guitar(seconds, rate=rate)
    y = change(amplifier(x, drive)) + 1e-5 * np.random.default_rng(3).standard_normal(len(x))
    return write(folder / "di.wav", x, rate), write(folder / "amp.wav", y, rate)


def write(path: Path, samples: Samples, rate: int = RATE) -> Path:
    soundfile.write(path, samples, rate, subtype="PCM_24")
    return path
