"""
Estimate the linear response between two recordings from whatever was played.

The response is the averaged cross-spectrum divided by the input's averaged spectrum (the H1 estimator of
Bendat and Piersol, *Random Data*), which noise in the output does not bias. A Gaussian window limits it to low
frequencies, because a guitar excites next to nothing above a few kHz. Through that window the response of a wire is a
Gaussian pulse around zero, as far as the input has all frequencies.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.floating]
Spectrum = npt.NDArray[np.complex128]

BANDWIDTH = 600.0
"""Standard deviation of the Gaussian window, in Hz."""

_LOWEST = 25.0
"""Hz; below are offsets and rumble, which the two recordings do not share."""

_FLOOR = 1e-5
"""The share of the input's largest spectral density below which a frequency counts as not played."""

_EXCERPTS = 16
_EXCERPT_SECONDS = 2.0
_SHORT_EXCERPT_SECONDS = 1.2
_FRAME_SECONDS = 0.3


@dataclass(frozen=True)
class Excerpts:
    """
    The places of the input that are compared with the output.

    :param starts: the first sample of each, rising
    :param length: in samples, the same for each
    """

    starts: tuple[int, ...]
    length: int


@dataclass(frozen=True)
class Response:
    """
    An estimated response.

    :param output: (N,), at ``n - N // 2`` samples after the lag
    :param wire: (N,), the same estimate for an output that is the input
    """

    output: npt.NDArray[np.float64]
    wire: npt.NDArray[np.float64]


def pick_excerpts(x: Signal, sample_rate: float) -> Excerpts:
    """
    Return the liveliest place of each of up to 16 equal parts of a recording.

    Lively is loud after a first difference, which prefers the pick's attack to the string's decay. Places
    that are 60 dB quieter than the best one are left out, so that silence has none.

    :param x: (L,)
    """
    longest = round(_EXCERPT_SECONDS * sample_rate)
    length = min(len(x), longest, max(len(x) // 4, round(_SHORT_EXCERPT_SECONDS * sample_rate)))
    if length < 2:
        return Excerpts((), length)
    parts = min(_EXCERPTS, len(x) // length)
    bounds = [part * len(x) // parts for part in range(parts + 1)]
    found = [_liveliest(x, low, high, length) for low, high in pairwise(bounds)]
    best = max(energy for _, energy in found)
    return Excerpts(tuple(start for start, energy in found if energy > 1e-6 * best), length)


def cut(samples: Signal, start: int, length: int) -> npt.NDArray[np.float64]:
    """Return ``length`` samples from ``start``, with zeros for those outside of the recording."""
    piece = np.zeros(length)
    low, high = max(start, 0), min(start + length, len(samples))
    if low < high:
        piece[low - start : high - start] = samples[low:high]
    return piece


def impulse_response(
    x: Signal, y: Signal, sample_rate: float, excerpts: Excerpts, lags: npt.NDArray[np.int64]
) -> Response:
    """
    Return the response, through the Gaussian window.

    :param lags: samples by which ``y`` lags, one for each excerpt; the response is relative to them
    """
    size = _power_of_two(_FRAME_SECONDS * sample_rate)
    taper = np.hanning(size)
    cross: Spectrum = np.zeros(size // 2 + 1, np.complex128)
    power = np.zeros(size // 2 + 1)
    for start, lag in zip(excerpts.starts, lags.tolist(), strict=True):
        for frame in range(start, start + max(excerpts.length - size, 0) + 1, size // 4):
            played = np.fft.rfft(taper * cut(x, frame, size))
            heard = np.fft.rfft(taper * cut(y, frame + lag, size))
            cross += heard * played.conj()
            power += np.abs(played) ** 2
    frequency = np.fft.rfftfreq(size, 1 / sample_rate)
    window = np.exp(-0.5 * (frequency / BANDWIDTH) ** 2) * (frequency >= _LOWEST)
    weight = window / (power + _FLOOR * power.max() + np.finfo(float).tiny)
    output, wire = (np.fft.irfft(weight * spectrum, size) for spectrum in (cross, power))
    return Response(np.roll(output, size // 2), np.roll(wire, size // 2))


def _liveliest(x: Signal, low: int, high: int, length: int) -> tuple[int, float]:
    hop = max(length // 4, 1)
    change = np.diff(x[low:high])
    hops = len(change) // hop
    energy = np.square(change[: hops * hop]).reshape(hops, hop).sum(axis=1, dtype=np.float64)
    sums = np.convolve(energy, np.ones(min(4, hops)), "valid")
    best = int(sums.argmax())
    return min(low + best * hop, high - length), float(sums[best])


def _power_of_two(at_least: float) -> int:
    return 1 << max(int(np.ceil(np.log2(at_least))), 4)
