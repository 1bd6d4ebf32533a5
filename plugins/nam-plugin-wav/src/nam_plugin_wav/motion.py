"""
Find what moves in an amplifier by itself: the gain of a tremolo, the delays of a chorus or a vibrato.

A net of this kind answers the same input alike at any time, so it can learn neither. Both betray themselves by a
rhythm of their own in how the output answers, block by block; a rhythm that the playing has as well is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nam_plugin_wav.alignment import Alignment
from nam_plugin_wav.response import Floats, Signal, whitened

_SECONDS = 30.0
_BLOCK_SECONDS = 0.02
_REACH_SECONDS = 0.026
_BIN_SECONDS = 0.00025
_GUARD_SECONDS = 0.002
_SHAPE_SECONDS = (0.001, 0.01)
_LOWEST, _HIGHEST = 0.3, 9.0
_HARMONICS = 8
_FEWEST_BLOCKS = 100
_QUIET = 3e-3

_LINE, _LINE_SHARE = 45.0, 0.3
_OUT_OF_PLAYING, _RIPPLE = 4.0, 0.08
"""Of a tremolo: the line in the spectrum of its gain over its mean, or over the number of blocks; over that of the
playing; and the spread of the gain."""

_CHORUS = (1.1, 11.0, 2.5)
_VIBRATO = (8.0, 20.0, 20.0)
"""Of moving delays: how far their harmonics stand out; in standard deviations; and over those of lags before the
response, in which nothing but the rhythm of the playing can show."""


_RHYTHM = 12.0
"""How far the harmonics of a rate stand out of the loudness of the playing, from where they are its own rhythm."""


@dataclass(frozen=True)
class Motion:
    """
    A movement of the amplifier's own.

    :param kind: whether the gain or the delay moves
    :param rate: in Hz
    """

    kind: Literal["tremolo", "chorus"]
    rate: float


@dataclass(frozen=True)
class _Blocks:
    """
    How the output answers, block by block.

    :param seconds: of a block
    :param used: (B,), whether something is played in it
    :param level: (B,), of the playing, as a logarithm
    :param gain: (B,), of the answer, likewise
    :param answers: (B, D), the correlation at lags around the response's beginning, less its mean
    :param near: the bins of lags in which the response begins
    """

    seconds: float
    used: Floats
    level: Floats
    gain: Floats
    answers: Floats
    near: slice


def find_motion(x: Signal, y: Signal, sample_rate: float, found: Alignment) -> Motion | None:
    """Return what moves, or None where nothing does, or the recording is too short to tell."""
    blocks = _blocks(x, y, sample_rate, found)
    if blocks is None or blocks.used.sum() < _FEWEST_BLOCKS:
        return None
    return _moving_delay(blocks) or _tremolo(blocks)


def _blocks(x: Signal, y: Signal, sample_rate: float, found: Alignment) -> _Blocks | None:
    size, reach, width = (max(round(s * sample_rate), 1) for s in (_BLOCK_SECONDS, _REACH_SECONDS, _BIN_SECONDS))
    length = min(len(x), len(y), round(_SECONDS * sample_rate))
    start = (min(len(x), len(y)) - length) // 2
    count = length // size
    if count < _FEWEST_BLOCKS or size < 16:
        return None
    middle, peak = len(found.response) // 2, int(np.abs(found.response).argmax())
    ahead, after = (round(s * sample_rate) for s in _SHAPE_SECONDS)
    first = max(peak - ahead, 0)
    lag = found.course.lag_at(start + length / 2) + peak - middle
    played = whitened(x, start, length, found.shared.played)
    heard = whitened(y, start + lag - reach, length + 2 * reach, found.shared.heard)
    expected = np.convolve(played, found.response[first : peak + after])[:length]
    there = heard[reach - peak + first :][:length]
    energy, likeness, answered = (
        (a * b)[: count * size].reshape(count, size).sum(axis=1)
        for a, b in ((expected, expected), (expected, there), (played, played))
    )
    used = (answered > _QUIET * np.quantile(answered, 0.98)).astype(np.float64)
    bins = 2 * reach // width
    answers = np.zeros((count, bins))
    span = 1 << int(np.ceil(np.log2(size + 2 * reach)))
    for block in np.flatnonzero(used):
        at = block * size
        window = heard[at : at + size + 2 * reach]
        cross = np.fft.rfft(window, span) * np.fft.rfft(played[at : at + size], span).conj()
        loud = float(np.sqrt(answered[block] * np.square(window[reach : reach + size]).sum())) + 1e-30
        answers[block] = np.fft.irfft(cross, span)[: bins * width].reshape(bins, width).sum(axis=1) / loud
    answers -= answers[used > 0].mean(axis=0)
    answers[used == 0] = 0
    tiny = 1e-30
    gain = np.log(np.maximum(likeness, tiny) / np.maximum(energy, tiny))
    guard = round(_GUARD_SECONDS * sample_rate) // width
    return _Blocks(
        seconds=size / sample_rate,
        used=used * (likeness > 0),
        level=np.log(np.maximum(energy, tiny)),
        gain=gain,
        answers=answers,
        near=slice(reach // width - guard, reach // width + guard),
    )


def _tremolo(blocks: _Blocks) -> Motion | None:
    used = blocks.used > 0
    at = np.asarray(np.flatnonzero(used) * blocks.seconds, np.float64)
    level, gain = blocks.level[used], blocks.gain[used].copy()
    # What a compressor does belongs to the level, not to time.
    ranks = np.argsort(np.argsort(level)) * 12 // len(level)
    for rank in range(12):
        gain[ranks == rank] -= np.median(gain[ranks == rank])
    gain = np.clip(gain, -2, 2)
    rates = _rates(1.0, _HIGHEST + 3, 0.25 / float(at[-1] - at[0]))
    lines, played = (_lines(values, at, rates) for values in (gain, np.clip(level - np.median(level), -3, 3)))
    best = int(lines.argmax())
    near = np.abs(rates - rates[best]) < 0.15
    needed = max(min(_LINE, _LINE_SHARE * len(at)), _OUT_OF_PLAYING * played[near].max())
    if lines[best] < needed or gain.std() < _RIPPLE:
        return None
    return Motion("tremolo", round(float(rates[best]), 1))


def _rates(low: float, high: float, step: float) -> Floats:
    return low + step * np.arange(int((high - low) / step), dtype=np.float64)


def _lines(values: Floats, at: Floats, rates: Floats) -> Floats:
    """Return the periodogram of values at uneven times, in units of its mean."""
    values = values - values.mean()
    waves = np.exp(-2j * np.pi * np.outer(rates, at))
    lines: Floats = np.abs(waves @ values) ** 2 / (len(at) * max(float(values.var()), 1e-12))
    return lines


def _moving_delay(blocks: _Blocks) -> Motion | None:
    size = 1 << int(np.ceil(np.log2(4 * len(blocks.used))))
    frequency = np.asarray(np.fft.rfftfreq(size, blocks.seconds), np.float64)
    power = np.abs(np.fft.rfft(blocks.answers, size, axis=0)) ** 2
    rates = _rates(_LOWEST, _HIGHEST, float(frequency[1]) / 2)
    before, near, after = (
        _comb(_levelled(power[:, lags].mean(axis=1), frequency[1]), frequency, rates)
        for lags in (slice(1, blocks.near.start), blocks.near, slice(blocks.near.stop, None))
    )
    playing = np.maximum(before, 0.0)
    rhythm = _comb(_levelled(np.abs(np.fft.rfft(_loudness(blocks), size)) ** 2, frequency[1]), frequency, rates)
    for moving, (height, deviations, ratio) in ((after, _CHORUS), (near, _VIBRATO)):
        comb = moving - ratio * playing
        best = int(comb.argmax())
        spread = float(np.median(np.abs(moving - np.median(moving)))) / 0.6745 + 1e-12
        if rhythm[best] < _RHYTHM and comb[best] > height and moving[best] - np.median(moving) > deviations * spread:
            return Motion("chorus", round(float(rates[best]), 1))
    return None


def _loudness(blocks: _Blocks) -> Floats:
    """Return the level of the playing around its median, 0 where nothing is played, (B,)."""
    loudness = np.zeros(len(blocks.used))
    used = blocks.used > 0
    around = np.clip(blocks.level[used] - np.median(blocks.level[used]), -3, 3)
    loudness[used] = around - around.mean()
    return loudness


def _levelled(power: Floats, step: float) -> Floats:
    """Return a spectrum over its running median, 2 Hz wide."""
    half = max(round(1.0 / step), 3)
    at = np.arange(0, len(power), max(half // 4, 1))
    medians = [float(np.median(power[max(n - half, 0) : n + half])) for n in at]
    around: Floats = np.interp(np.arange(len(power)), at, medians) + 1e-300
    return power / around


def _comb(levelled: Floats, frequency: Floats, rates: Floats) -> Floats:
    """Return how far the harmonics of each rate stand out, together."""
    total = np.zeros(len(rates))
    for harmonic in range(1, _HARMONICS + 1):
        at = harmonic * rates
        total += np.where(at < frequency[-1], np.interp(at, frequency, levelled) - 1, 0.0)
    return total / float(np.sqrt(_HARMONICS))
