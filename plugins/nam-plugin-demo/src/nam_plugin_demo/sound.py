"""
Compute a guitar and an amplifier: plucked strings, and filters around an asymmetric saturation.

The strings are those of Karplus and Strong (Computer Music Journal 7(2), 1983): a burst of noise that circulates in a
delay line with a two-point average. The amplifier's filters are first-order sections, applied as their frequency
response.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float64]

RATE = 48000
"""Sample rate, in Hz."""

OPEN_STRINGS = (82.41, 110.0, 146.83, 196.0, 246.94, 329.63)
"""E A D G B E, in Hz."""

CHORDS = ((0, 2, 2, 1, 0, 0), (3, 2, 0, 0, 0, 3), (0, 0, 2, 2, 2, 0), (0, 2, 2, 0, 0, 0))
"""Frets of E, G, A and E minor, from the lowest string up."""


def guitar(seconds: float, seed: int = 0) -> Signal:
    """
    Return chords and single notes, soft and hard, after half a second of silence.

    :param seed: of the choice of notes and of their noise; the same seed makes the same signal
    :return: (seconds * RATE,), with a peak of 0.5
    """
    dice = np.random.default_rng(seed)
    signal = np.zeros(round(seconds * RATE))
    moment = 0.5
    while moment < seconds - 0.5:
        strength = dice.uniform(0.15, 1.0)
        frets = CHORDS[dice.integers(len(CHORDS))]
        strings: Sequence[int] = range(6) if dice.random() < 0.5 else [int(dice.integers(6))]
        for order, string in enumerate(strings):
            pitch = OPEN_STRINGS[string] * 2 ** (
                frets[string] / 12 + (0 if len(strings) > 1 else dice.integers(13) / 12)
            )
            _add(signal, strength * pluck(pitch, dice), round((moment + 0.012 * order) * RATE))
        moment += dice.uniform(0.3, 1.1)
    peak = np.abs(signal).max()
    return signal * (0.5 / peak) if peak > 0 else signal


def pluck(pitch: float, dice: np.random.Generator, seconds: float = 1.6) -> Signal:
    """
    Return the sound of one plucked string.

    :param pitch: in Hz, rounded to a whole number of samples a period
    :param dice: for the burst of noise
    :return: (seconds * RATE,)
    """
    period = round(RATE / pitch)
    line = dice.uniform(-1.0, 1.0, period)
    line -= line.mean()
    turns = []
    for _ in range(round(seconds * RATE) // period + 1):
        turns.append(line)
        line = 0.4985 * (line + np.roll(line, 1))
    note = np.concatenate(turns)[: round(seconds * RATE)]
    note[-2400:] *= np.linspace(1.0, 0.0, 2400)
    return note


def amplifier(di: Signal) -> Signal:
    """
    Return the output of the amplifier: a tight input, a valve that clips one side earlier, a dull cabinet.

    :param di: (L,)
    :return: (L,), with a peak near 0.7 for a signal of ``guitar``
    """
    driven = 9.0 * _filter(di, high_pass=(90.0, 320.0), low_pass=(6500.0,))
    bias = 0.25
    clipped = np.tanh(driven + bias) - np.tanh(bias)
    clipped += 0.15 * np.tanh(3.0 * driven)
    return 0.55 * _filter(clipped, high_pass=(70.0,), low_pass=(3200.0, 4800.0))


def _filter(signal: Signal, high_pass: Sequence[float], low_pass: Sequence[float]) -> Signal:
    """Return a signal after first-order sections with these corner frequencies, in Hz."""
    length = len(signal) + RATE
    delay = np.exp(-2j * np.pi * np.arange(length // 2 + 1) / length)
    response = np.ones(length // 2 + 1, complex)
    for corner in (*high_pass, *low_pass):
        pole = np.exp(-2 * np.pi * corner / RATE)
        low = (1 - pole) / (1 - pole * delay)
        response *= (1 + pole) / 2 * (1 - delay) / (1 - pole * delay) if corner in high_pass else low
    filtered: Signal = np.fft.irfft(np.fft.rfft(signal, length) * response, length)[: len(signal)]
    return filtered


def _add(signal: Signal, note: Signal, start: int) -> None:
    stop = min(start + len(note), len(signal))
    signal[start:stop] += note[: stop - start]
