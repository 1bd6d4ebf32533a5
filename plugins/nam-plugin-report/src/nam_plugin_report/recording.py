"""What a recording holds beside the playing: its level, its noise floor, and mains hum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nam_plugin_report.measures import LOWEST, decibels
from nam_plugin_report.passage import Signal

FRAME = 0.1
"""Seconds over which the noise floor is taken: one period of 10 Hz."""

MAINS = (50.0, 60.0)
"""Hz, of the power grids."""

HARMONICS = 10
"""The highest harmonic of the mains that is looked for."""

QUIETER = 20.0
"""dB by which a moment has to be quieter than the whole, for it not to be the playing that is measured."""

PROMINENT = 10.0
"""dB by which a harmonic has to stand out of what lies beside it."""

_LOBE, _BESIDE = 2, 8
"""Bins on each side that a sine fills (Hann window), and that are looked at to see what lies beside it."""


@dataclass(frozen=True)
class Hum:
    """
    The hum in the quietest second.

    :param mains: 50 or 60 Hz; None where nothing stands out
    :param level: of the harmonics together, in dB re full scale
    :param harmonics: those that stand out, by their number: 1 is the mains frequency itself
    """

    mains: float | None
    level: float = LOWEST
    harmonics: tuple[int, ...] = ()


def level(signal: Signal) -> float:
    """Return the RMS level, in dB re full scale (the mean square of 1, which a full-scale sine misses by 3 dB)."""
    return decibels(float(np.mean(signal**2))) if len(signal) else LOWEST


def quietest(signal: Signal, length: int, hop: int) -> Signal | None:
    """
    Return the quietest ``length`` samples, without their mean; None where there are not so many.

    :param hop: between the places that are tried
    """
    if len(signal) < length or length < 1:
        return None
    starts = np.arange(0, len(signal) - length + 1, max(1, hop))
    clean = np.nan_to_num(signal)
    sums = [np.concatenate(([0.0], np.cumsum(values))) for values in (clean, clean**2)]
    mean, power = ((total[starts + length] - total[starts]) / length for total in sums)
    start = int(starts[np.argmin(power - mean**2)])
    part = clean[start : start + length]
    return np.asarray(part - part.mean())


def noise_floor(signal: Signal, rate: float) -> float | None:
    """
    Return the level of the quietest tenth of a second, in dB re full scale.

    :return: None when it is not 20 dB quieter than the whole, so that it cannot be told from the playing
    """
    part = quietest(signal, max(1, round(FRAME * rate)), round(FRAME * rate / 4))
    return None if part is None or level(part) > level(signal) - QUIETER else level(part)


def hum_of(signal: Signal, rate: float) -> Hum | None:
    """
    Return the mains hum in the quietest second of a recording.

    A harmonic counts when it stands 10 dB out of what lies beside it; one alone may be a string that still sounds.

    :return: None when no second is 20 dB quieter than the whole, so that hum cannot be told from the playing
    """
    second = round(rate)
    part = quietest(signal, second, second // 4)
    if part is None or level(part) > level(signal) - QUIETER:
        return None
    found = [_hum(spectrum_of_second(part), mains) for mains in MAINS]
    return max(found, key=lambda hum: hum.level)


def spectrum_of_second(part: Signal) -> Signal:
    """Return the power of one second in each bin of 1 Hz, so that the bins add up to the mean square: (L // 2 + 1,)."""
    window = np.hanning(len(part) + 1)[:-1]
    power = np.abs(np.fft.rfft(window * part)) ** 2
    power[1:-1] *= 2
    return np.asarray(power / (len(part) * (window @ window)))


def _hum(power: Signal, mains: float) -> Hum:
    total, prominent = 0.0, []
    for number in range(1, HARMONICS + 1):
        # The grid is off by some tenths of a percent, and each harmonic by as many times that.
        middle, reach = round(number * mains), 1 + number // 4
        around = power[middle - reach : middle + reach + 1]
        if middle + _BESIDE + _LOBE + reach >= len(power):
            break
        peak = middle - reach + int(np.argmax(around))
        tone = power[peak - _LOBE : peak + _LOBE + 1]
        outside = np.concatenate(
            (power[peak - _LOBE - _BESIDE : peak - _LOBE], power[peak + _LOBE + 1 : peak + _LOBE + _BESIDE + 1])
        )
        beside = float(np.median(outside))
        if float(power[peak]) > beside * 10 ** (PROMINENT / 10):
            prominent.append(number)
            total += max(float(tone.sum()) - beside * len(tone), 0.0)
    return Hum(mains, decibels(total), tuple(prominent)) if len(prominent) > 1 else Hum(None)
