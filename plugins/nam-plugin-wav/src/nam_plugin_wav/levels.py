"""Measure a signal in one pass, a block at a time: peak, mean, power, samples at full scale, and frames of 10 ms."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nam_plugin_wav.audio import Samples

FRAME_SECONDS = 0.01
FULL_SCALE = 1 - 2**-15
"""The largest value of a 16-bit file."""

QUIETEST_DB, LOUDEST_DB = -140.0, 40.0
"""The peaks between which samples are audio, in dB relative to full scale; the smallest step of 24 bits is -138."""

LARGE_OFFSET = 0.1
"""The share of the RMS from which an offset is a fault."""

_BLOCK_FRAMES = 2048
_APART = 0.1


@dataclass(frozen=True)
class Levels:
    """
    The levels of one signal, relative to full scale of its file.

    :param peak: the largest magnitude
    :param mean: the offset from zero
    :param rms: root of the mean square
    :param clipped: the number of samples at full scale
    :param clipped_at: up to three of their positions, in seconds, at least 0.1 s apart
    :param plateau: the most samples in a row that are exactly the peak, or at full scale where the peak is
    :param frame_peak: (F,), the peak of each frame of 10 ms
    :param frame_power: (F,), the mean square of each
    :param frame_mean: (F,), the mean of each
    """

    peak: float
    mean: float
    rms: float
    clipped: int
    clipped_at: tuple[float, ...]
    plateau: int
    frame_peak: npt.NDArray[np.float32]
    frame_power: npt.NDArray[np.float64]
    frame_mean: npt.NDArray[np.float64]

    @property
    def offset(self) -> float:
        """The offset from zero, as a share of the RMS."""
        return abs(self.mean) / self.rms if self.rms else 0.0


def measure(samples: Samples, sample_rate: float, factor: float = 1.0) -> Levels:
    """
    Return the levels of a signal.

    :param samples: (L,)
    :param sample_rate: in Hz
    :param factor: by which the samples of the file were multiplied; it is divided out
    """
    frame = max(int(FRAME_SECONDS * sample_rate), 1)
    total = square = 0.0
    full: list[npt.NDArray[np.int64]] = []
    peaks, powers, means = [], [], []
    clipped = 0
    limit = FULL_SCALE * abs(factor)
    for start in range(0, len(samples), frame * _BLOCK_FRAMES):
        block = samples[start : start + frame * _BLOCK_FRAMES]
        magnitude = np.abs(block)
        edges = np.arange(0, len(block), frame)
        peaks.append(np.maximum.reduceat(magnitude, edges))
        sizes = np.diff(np.append(edges, len(block)))
        powers.append(np.add.reduceat(np.square(block, dtype=np.float64), edges) / sizes)
        means.append(np.add.reduceat(block, edges, dtype=np.float64) / sizes)
        total += float(np.dot(means[-1], sizes))
        square += float(np.dot(powers[-1], sizes))
        if peaks[-1].max() >= limit:
            at = np.flatnonzero(magnitude >= limit) + start
            clipped += len(at)
            _, first = np.unique(at // max(int(_APART * sample_rate), 1), return_index=True)
            full.append(at[first])
    peak = max(float(p.max()) for p in peaks)
    return Levels(
        peak=peak / abs(factor),
        mean=total / len(samples) / factor,
        rms=math.sqrt(square / len(samples)) / abs(factor),
        clipped=clipped,
        clipped_at=_apart(full, sample_rate),
        plateau=_plateau(samples, np.concatenate(peaks), _plateau_level(peak, abs(factor)), frame),
        frame_peak=(np.concatenate(peaks) / abs(factor)).astype(np.float32),
        frame_power=np.concatenate(powers) / factor**2,
        frame_mean=np.concatenate(means) / factor,
    )


def decibels(ratio: float) -> float:
    """Return a ratio of amplitudes in dB; of zero, -infinity."""
    return 20 * math.log10(ratio) if ratio > 0 else -math.inf


def _apart(found: list[npt.NDArray[np.int64]], sample_rate: float) -> tuple[float, ...]:
    chosen: list[float] = []
    for position in (int(p) for block in found for p in block):
        if not chosen or position / sample_rate - chosen[-1] >= _APART:
            chosen.append(position / sample_rate)
        if len(chosen) == 3:
            break
    return tuple(chosen)


def _plateau_level(peak: float, full_scale: float) -> float:
    """Return the value at which samples in a row are suspect: full scale, or the peak if it is elsewhere."""
    return FULL_SCALE * full_scale if FULL_SCALE * full_scale <= peak <= full_scale else peak


def _plateau(samples: Samples, peaks: npt.NDArray[np.float32], peak: float, frame: int) -> int:
    """Return the length of the longest run of samples of one sign at or above ``peak``, within one frame."""
    longest = 0
    for index in np.flatnonzero(peaks >= peak)[:1000]:
        block = samples[index * frame : (index + 1) * frame]
        for sign in (1, -1):
            at = np.flatnonzero(np.concatenate(([True], block * sign < peak, [True])))
            longest = max(longest, int(np.diff(at).max()) - 1)
    return longest
