"""How two signals differ: error-to-signal ratio, level, null depth, and the level in third octaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float64]

LOWEST, HIGHEST = -200.0, 200.0
"""In dB; what silence and equality are called."""

WINDOW = 16384
"""Samples of a spectrum."""

QUIET = -90.0
"""In dB below the loudest band; quieter bands are noise of the computation."""


@dataclass(frozen=True)
class Band:
    """
    A third octave.

    :param hz: its middle
    :param a_db, b_db: the power of each signal in it, in dB re full scale
    """

    hz: float
    a_db: float
    b_db: float

    @property
    def difference_db(self) -> float:
        """How much louder the first signal is in it."""
        return self.a_db - self.b_db


@dataclass(frozen=True)
class Comparison:
    """
    Two signals compared; the second is the reference.

    :param esr: the power of the difference over that of the reference
    :param level_db: how much louder the first is, RMS
    :param null_db: what is left, relative to the reference, when the first is subtracted at the gain that fits best
    """

    esr: float
    level_db: float
    null_db: float
    spectrum: tuple[Band, ...]


def compare(a: Signal, b: Signal, sample_rate: float) -> Comparison:
    """
    Return how two signals differ.

    :param a: (L,)
    :param b: (L,), the reference
    :raises ValueError: when the reference is silent
    """
    power_a, power_b, product = float(a @ a), float(b @ b), float(a @ b)
    if power_b == 0.0:
        raise ValueError("the reference is silent")
    error = a - b
    # The least-squares gain of the first leaves what is at right angles to it.
    gain = product / power_a if power_a else 0.0
    rest = b - gain * a
    return Comparison(
        float(error @ error) / power_b,
        decibels(power_a) - decibels(power_b),
        decibels(float(rest @ rest) / power_b),
        _spectrum(a, b, sample_rate),
    )


def decibels(power: float) -> float:
    """Return a power in dB, within bounds."""
    return float(np.clip(10 * np.log10(power), LOWEST, HIGHEST)) if power > 0 else LOWEST


def _spectrum(a: Signal, b: Signal, sample_rate: float) -> tuple[Band, ...]:
    """Return the third octaves from 25 Hz to 20 kHz in which there is something."""
    powers = [power_of(x) for x in (a, b)]
    bins = np.arange(len(powers[0])) * sample_rate / WINDOW
    bands = []
    # The exact middles of base ten (IEC 61260-1:2014).
    for number in range(-16, 14):
        middle = 1000.0 * 10 ** (number / 10)
        inside = (bins >= middle * 10**-0.05) & (bins < middle * 10**0.05)
        if middle * 10**0.05 < sample_rate / 2 and inside.any():
            bands.append(Band(round(middle, 1), *(decibels(float(p[inside].sum())) for p in powers)))
    floor = max((max(band.a_db, band.b_db) for band in bands), default=0.0) + QUIET
    return tuple(band for band in bands if max(band.a_db, band.b_db) > floor)


def power_of(x: Signal) -> Signal:
    """Return the power in each bin (Welch, 1967), so that the bins add up to the mean square: (WINDOW // 2 + 1,)."""
    padded = np.concatenate((x, np.zeros(max(0, WINDOW - len(x)))))
    window = np.hanning(WINDOW)
    starts = range(0, len(padded) - WINDOW + 1, WINDOW // 2)
    power = np.mean([np.abs(np.fft.rfft(window * padded[i : i + WINDOW])) ** 2 for i in starts], axis=0)
    power[1:-1] *= 2
    scaled: Signal = power / (WINDOW * (window @ window))
    return scaled
