"""Compose the signal to record with: clicks, silence, playing to hold out, then noise, sweeps, notes and chords."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from nam_plugin_capture import layout
from nam_plugin_capture.strings import CHORDS, Signal, chord, pitch_of, playing, pluck

PEAK = 0.7
"""Of the loudest playing, relative to full scale."""

LEAST_MINUTES, MOST_MINUTES = 0.5, 30.0

_CLICK, _CLICK_LEVEL = (0.25, 1.0, 0.25), 0.9
_NOISE_LEVELS = (0.02, 0.1, 0.4)
_LOUDNESS = (1.0, 0.3, 0.08)


def compose(minutes: float, rate: int) -> npt.NDArray[np.int32]:
    """
    Return the signal in 24 bits, each sample in the upper three bytes of its number; the same whenever it is called.

    :param minutes: ``LEAST_MINUTES`` to ``MOST_MINUTES``
    :param rate: in Hz
    :return: (minutes * 60 * rate,)
    """
    signal = np.zeros(round(60 * minutes * rate))
    for seconds in layout.CLICKS:
        at = round((layout.FIRST_CLICK + seconds) * rate)
        signal[at - 1 : at + 2] = _CLICK_LEVEL * np.array(_CLICK)
    start, stop = (round(edge * rate) for edge in layout.VALIDATION)
    signal[start:stop] = _brought_to(playing((stop - start) / rate, rate, seed=1), PEAK)
    at, end = round(layout.TRAINING * rate), len(signal) - rate // 2
    for section in _sections(rate):
        room = signal[at : max(end, at)]
        if not len(room):
            break
        room[: len(section)] = section[: len(room)]
        at += len(section)
    fade = rate // 50
    signal[end - fade : end] *= np.linspace(1.0, 0.0, fade)
    return (np.round(signal * (2**23 - 1)).astype(np.int32) << 8).astype(np.int32)


def _sections(rate: int) -> Iterator[Signal]:
    """Yield what is trained, without an end: first what every amplifier needs, then playing and playing."""
    yield _sweep(4.0, rate)
    yield np.zeros(rate)
    yield _noise(3.0, rate)
    yield np.zeros(rate // 2)
    seed = 100
    while True:
        for loudness in _LOUDNESS:
            yield _brought_to(playing(10.0, rate, seed), PEAK * loudness)
            seed += 1
        yield _brought_to(_scale(rate, seed), PEAK)
        yield _brought_to(_chords(rate, seed), PEAK)
        yield np.zeros(rate // 2)
        seed += 1


def _sweep(seconds: float, rate: int) -> Signal:
    """Return an exponential sine sweep from 20 Hz to 20 kHz (Farina, AES 108th Convention, 2000), loud then quiet."""
    half = round(seconds * rate / 2)
    top = min(20_000.0, 0.45 * rate)
    time, ratio = np.arange(half) / rate, np.log(top / 20.0)
    phase = 2 * np.pi * 20.0 * (half / rate) / ratio * np.expm1(time * rate / half * ratio)
    faded = np.sin(phase) * np.minimum(1.0, np.minimum(time, time[::-1]) / 0.02)
    return np.concatenate([PEAK * faded, 0.1 * PEAK * faded])


def _noise(seconds: float, rate: int) -> Signal:
    """Return white noise at rising levels, with a peak well below full scale."""
    dice = np.random.default_rng(7)
    each = round(seconds * rate / len(_NOISE_LEVELS))
    return np.concatenate([level * dice.uniform(-1.0, 1.0, each) for level in _NOISE_LEVELS])


def _scale(rate: int, seed: int) -> Signal:
    """Return single notes on every string, up the neck."""
    dice = np.random.default_rng(seed)
    places = [(string, fret) for string in range(6) for fret in (0, 5, 9, 14)]
    return np.concatenate(
        [pluck(pitch_of(*place), 0.5, rate, dice, strength=float(dice.uniform(0.4, 1.0))) for place in places]
    )


def _chords(rate: int, seed: int) -> Signal:
    """Return chords that ring out, from soft to hard."""
    dice = np.random.default_rng(seed)
    strengths = np.linspace(0.2, 1.0, len(CHORDS))
    return np.concatenate([chord(f, 1.6, rate, dice, float(s)) for f, s in zip(CHORDS, strengths, strict=True)])


def _brought_to(played: Signal, peak: float) -> Signal:
    """Return a signal with this peak."""
    brought: Signal = played * (peak / np.abs(played).max())
    return brought
