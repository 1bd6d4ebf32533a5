"""Signals of the layout of the older standard ones, computed; and an amplifier for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nam.data import np_to_wav

S = 48_000
"""Samples a second."""

Samples = np.ndarray


def first(training: float = 2.0) -> Samples:
    """Return a signal of version 1: clicks, sweep, noise, some playing, silence, and nine seconds to hold out."""
    return np.concatenate([_clicks(1, width=200), _sweep(), _noise(3), _playing(training, 1), _playing(9, 2)])


def third(training: float = 164.0) -> Samples:
    """Return a signal of version 3: what is held out at both ends, and in between as in the other."""
    held_out = _playing(9, 2)
    return np.concatenate([held_out, np.zeros(S), _clicks(2), _sweep(), _noise(2), _playing(training, 1), held_out])


def amplified(x: Samples, delay: int = 0, noise: float = 1e-5) -> Samples:
    """Return what a saturation makes of a signal, later by a number of samples."""
    y = 0.4 * np.tanh(3 * x) + noise * np.random.default_rng(9).standard_normal(len(x))
    return np.roll(y, delay)


def pair(folder: Path, x: Samples, y: Samples | None = None, names: tuple[str, str] = ("x.wav", "y.wav")) -> list[str]:
    """Write a signal and a recording of it; return their paths."""
    paths = [str(folder / name) for name in names]
    for path, samples in zip(paths, (x, amplified(x, 37) if y is None else y), strict=True):
        np_to_wav(samples, path, S)
    return paths


def _clicks(seconds: int, width: int = 1) -> Samples:
    x = np.zeros(seconds * S)
    for at in (12_000, 36_000) if seconds == 1 else (24_000, 72_000):
        x[at : at + width] = 0.9
    return x


def _sweep() -> Samples:
    t = np.arange(3 * S) / S
    return 0.4 * np.sin(2 * np.pi * (50 * t + 1500 * t**2))


def _noise(seconds: int) -> Samples:
    return np.random.default_rng(5).uniform(-0.3, 0.3, seconds * S)


def _playing(seconds: float, seed: int) -> Samples:
    """Return decaying tones of chance, which end in half a second of silence."""
    rng = np.random.default_rng(seed)
    t = np.arange(S // 4) / S
    tones = [
        rng.uniform(0.05, 0.6) * np.exp(-6 * t) * np.sin(2 * np.pi * rng.uniform(80, 900) * t)
        for _ in range(round(4 * seconds))
    ]
    x = np.concatenate(tones)[: round(seconds * S)]
    x[-S // 2 :] = 0.0
    return x
