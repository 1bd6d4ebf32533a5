"""Playing, amplifiers and effects that are computed, so that what is right about them is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.signal

RATE = 48000
Samples = np.ndarray


def plucks(seconds: float, seed: int = 0) -> Samples:
    """Play random notes: a noisy attack, and a decaying tone with its harmonics."""
    dice = np.random.default_rng(seed)
    signal = np.zeros(round(seconds * RATE))
    time = np.arange(RATE // 4) / RATE
    for start in np.cumsum(dice.integers(RATE // 8, RATE // 3, round(8 * seconds))) - RATE // 10:
        pitch, noise = dice.uniform(80, 400), dice.standard_normal(len(time))
        note = np.exp(-time / 0.003) * noise
        note += sum(np.exp(-time * n * 5) * np.sin(2 * np.pi * pitch * n * time) / n for n in range(1, 6))
        piece = signal[start : start + len(note)]
        piece += note[: len(piece)]
    return 0.3 * signal / np.abs(signal).max()


def strings(seconds: float, seed: int = 0) -> Samples:
    """Play random strings (Karplus and Strong, Computer Music Journal 7(2), 1983), in 24 bits, never silent."""
    dice = np.random.default_rng(seed)
    signal = np.zeros(round(seconds * RATE))
    at = 0
    while at < len(signal) - RATE // 2:
        period = int(RATE / (dice.choice([82.4, 110, 146.8, 196, 246.9, 329.6]) * 2 ** (dice.integers(0, 12) / 12)))
        length = min(round(RATE * dice.uniform(0.3, 1.2)), len(signal) - at)
        pick = np.zeros(length)
        pick[:period] = scipy.signal.lfilter([0.4], [1, -0.6], dice.standard_normal(period))
        loop = np.zeros(period + 2)
        loop[0], loop[period], loop[period + 1] = 1, -0.497, -0.497
        signal[at : at + length] += scipy.signal.lfilter([1], loop, pick) * dice.uniform(0.2, 1)
        at += round(RATE * dice.uniform(0.12, 0.5))
    signal = scipy.signal.lfilter(*scipy.signal.butter(2, 4500, fs=RATE), signal)
    return np.round(0.4 * signal / np.abs(signal).max() * 2**23) / 2**23


def bursts(seconds: float, seed: int = 0) -> Samples:
    """Play bursts of noise, a quarter of a second apart, each from silence, in 24 bits."""
    dice = np.random.default_rng(seed)
    signal = np.zeros(round(seconds * RATE))
    length = RATE // 5
    for start in range(RATE // 2, len(signal) - length, RATE // 4):
        decay = np.exp(-np.arange(length) / RATE * 20)
        signal[start : start + length] = dice.standard_normal(length) * decay * dice.uniform(0.05, 0.2)
    return np.round(np.clip(signal, -1, 1) * 2**23) / 2**23


def peaking(frequency: float, q: float, decibels: float) -> tuple[Samples, Samples]:
    """Return a peaking filter (Bristow-Johnson, *Cookbook formulae for audio EQ biquad filter coefficients*)."""
    gain, w = 10 ** (decibels / 40), 2 * np.pi * frequency / RATE
    alpha = np.sin(w) / (2 * q)
    b = np.array([1 + alpha * gain, -2 * np.cos(w), 1 - alpha * gain])
    a = np.array([1 + alpha / gain, -2 * np.cos(w), 1 - alpha / gain])
    return b / a[0], a / a[0]


def allpass(x: Samples, coefficient: float, stages: int) -> Samples:
    """Smear a signal, without a change of its spectrum."""
    for _ in range(stages):
        x = scipy.signal.lfilter([-coefficient, 1], [1, -coefficient], x)
    return x


def lowpass(x: Samples, frequency: float, order: int) -> Samples:
    return scipy.signal.lfilter(*scipy.signal.butter(order, frequency, fs=RATE), x)


def highpass(x: Samples, frequency: float, order: int = 1) -> Samples:
    return scipy.signal.lfilter(*scipy.signal.butter(order, frequency, "highpass", fs=RATE), x)


def shifted(y: Samples, delay: int) -> Samples:
    """Delay by a whole number of samples, with silence where nothing is known."""
    moved = np.zeros_like(y)
    if delay >= 0:
        moved[delay:] = y[: len(y) - delay]
    else:
        moved[:delay] = y[-delay:]
    return moved


def noisy(y: Samples, decibels: float, seed: int = 4) -> Samples:
    """Add white noise so many dB below the signal."""
    return y + 10 ** (decibels / 20) * y.std() * np.random.default_rng(seed).standard_normal(len(y))


@dataclass(frozen=True)
class Case:
    """A computed pair, and by how much its output lags."""

    x: Samples
    y: Samples
    delay: int
    told: str


def amplifiers(count: int, seed: int) -> Iterator[Case]:
    """Yield amplifiers of filters, saturation, a cabinet, noise and a polarity, each of which answers at once."""
    for number in range(count):
        dice = np.random.default_rng([seed, number])
        played = (plucks, strings, bursts)[number % 3](dice.uniform(5, 15), number)
        y, told = played, [("plucks", "strings", "bursts")[number % 3]]
        for _ in range(dice.integers(0, 3)):
            y = highpass(y, dice.uniform(20, 700), int(dice.integers(1, 3)))
            y = scipy.signal.lfilter(*peaking(dice.uniform(100, 4000), dice.uniform(0.4, 2), dice.uniform(-12, 12)), y)
            gain = 10 ** dice.uniform(-0.3, 1.7) / np.abs(y).max() / 2
            shape = dice.choice(["tanh", "asymmetric", "hard"])
            y = {
                "tanh": lambda v: np.tanh(v),
                "asymmetric": lambda v: np.tanh(v + 0.5) - np.tanh(0.5),
                "hard": lambda v: np.clip(v, -0.7, 1),
            }[shape](gain * y)
            told.append(f"{shape} {gain:.1f}")
        order = int(dice.integers(0, 5))
        y = lowpass(y, dice.uniform(2500, 8000), order) if order else y
        y *= dice.uniform(0.05, 0.9) / np.abs(y).max() * dice.choice([-1, 1])
        delay = int(dice.choice([0, dice.integers(-300, 300), dice.integers(0, 4800)]))
        y = shifted(y, delay)
        noise = dice.choice([-np.inf, -80, -60, -45])
        y = noisy(y, noise, number) if noise > -np.inf else y
        told += [f"roll-off of order {order}", f"noise {noise}"]
        yield Case(played, np.round(y * 2**23) / 2**23, delay, ", ".join(told))


def tremolo(y: Samples, rate: float, depth: float = 0.6) -> Samples:
    return y * (1 - depth * 0.5 * (1 + np.sin(2 * np.pi * rate * np.arange(len(y)) / RATE)))


def moving_delay(y: Samples, seconds: float, depth: float, rate: float) -> Samples:
    at = np.arange(len(y))
    return np.interp(at - RATE * (seconds + depth * np.sin(2 * np.pi * rate * at / RATE)), at, y, left=0)


def chorus(y: Samples, rate: float) -> Samples:
    return 0.5 * y + 0.5 * moving_delay(y, 0.008, 0.003, rate)


def vibrato(y: Samples, rate: float) -> Samples:
    return moving_delay(y, 0.003, 0.001, rate)


def reverb(y: Samples, rate: float = 3.5, wet: float = 0.6) -> Samples:
    """Add exponentially decaying noise, of ``wet`` times the amplitude; it falls by 60 dB in 6.9 / rate seconds."""
    time = np.arange(2 * RATE) / RATE
    tail = np.random.default_rng(7).standard_normal(len(time)) * np.exp(-rate * time)
    return y + wet * scipy.signal.fftconvolve(y, tail / np.sqrt(np.sum(tail**2)))[: len(y)]


def slipped(y: Samples, seconds: float, missing: int) -> Samples:
    """Leave samples out at a time, or insert silence where the number is negative."""
    at = round(seconds * RATE)
    if missing >= 0:
        return np.concatenate([y[:at], y[at + missing :], np.zeros(missing)])
    return np.concatenate([y[:at], np.zeros(-missing), y[at:]])[: len(y)]


def drifting(y: Samples, ppm: float) -> Samples:
    """Record with a clock that runs fast by so many parts per million."""
    at = np.arange(len(y))
    return np.interp(at / (1 + ppm * 1e-6), at, y)
