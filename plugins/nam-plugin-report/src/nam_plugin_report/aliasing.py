"""
How much energy a model folds back below half the sample rate: the aliasing of a full-scale sine sweep.

A steady sine makes a time-invariant model sound at its harmonics only. Those above half the sample rate come back as
tones that are no harmonics. The measure is the aliasing-to-signal ratio of Sato and Smith, "Aliasing Reduction in
Neural Amp Modeling by Smoothing Activations", arXiv:2505.04082 (2025): over one period of ``N`` samples, ``N`` a
prime, a sine of ``m`` whole cycles has its harmonics in the bins ``m, 2m, ...`` below ``N / 2`` and its aliases in the
others, up to harmonics of the order of ``N``. Here the bin of the constant is left out, which an offset fills without
any aliasing, and the sine goes through the steps of a sweep: the energies of all steps are added up before they are
divided.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nam_plugin_report.passage import Signal

LOWEST, OCTAVES, STEPS_PER_OCTAVE = 80.0, 6, 3
"""The sweep: from the guitar's low E upwards, to 5120 Hz, in Hz."""

PERIOD = 0.1
"""Seconds, at most, over which a step is measured; its frequency is a multiple of about 10 Hz."""

LEAD_IN = 0.25
"""Seconds of every step, and the receptive field beside them, that a model hears before it is measured."""

PHASE = 1.0
"""Of the sine at its beginning, in radians: one at which no sample is exactly zero."""

FLOOR = -160.0
"""In dB; nothing lower is told, because single precision ends there."""

Play = Callable[[Signal], Signal]
"""What a model makes of a signal, (L,) to (L,)."""


@dataclass(frozen=True)
class Step:
    """
    One sine of the sweep.

    :param hz: its frequency
    :param harmonic: the energy of what the model makes of it, at the harmonics below half the sample rate
    :param folded: its energy elsewhere, but for the constant
    """

    hz: float
    harmonic: float
    folded: float


def sweep(play: Play, rate: float, receptive_field: int = 1) -> tuple[Step, ...]:
    """
    Return the steps of a sweep of full-scale sines, as a model plays them.

    :param rate: in Hz
    :param receptive_field: of the model, in samples
    """
    count = _prime_below(max(3, int(PERIOD * rate)))
    lead_in = receptive_field - 1 + math.ceil(LEAD_IN * rate)
    wished = [LOWEST * 2 ** (n / STEPS_PER_OCTAVE) for n in range(OCTAVES * STEPS_PER_OCTAVE + 1)]
    cycles = [max(1, round(hz * count / rate)) for hz in wished if hz < rate / 2]
    played = play(np.concatenate([_sine(m, count, lead_in + count) for m in cycles]))
    periods = played.reshape(len(cycles), lead_in + count)[:, lead_in:]
    return tuple(_step(m, period, rate) for m, period in zip(cycles, periods, strict=True))


def ratio(steps: tuple[Step, ...]) -> float:
    """Return the energy that was folded back over that at the harmonics, all steps together, in dB."""
    folded, harmonic = sum(step.folded for step in steps), sum(step.harmonic for step in steps)
    if not math.isfinite(folded + harmonic):
        return math.nan
    return max(FLOOR, 10 * math.log10(folded / harmonic)) if folded > 0 and harmonic > 0 else FLOOR


def _sine(cycles: int, count: int, length: int) -> Signal:
    return np.asarray(np.sin(2 * np.pi * ((cycles * np.arange(length)) % count) / count + PHASE))


def _step(cycles: int, period: Signal, rate: float) -> Step:
    count = len(period)
    energy = np.abs(np.fft.rfft(period)) ** 2
    harmonic = float(energy[cycles::cycles].sum())
    return Step(cycles * rate / count, harmonic, float(energy[1:].sum()) - harmonic)


def _prime_below(limit: int) -> int:
    """Return the largest prime that is at most ``limit``, which is at least 2."""
    return next(n for n in range(limit, 1, -1) if all(n % d for d in range(2, math.isqrt(n) + 1)))
