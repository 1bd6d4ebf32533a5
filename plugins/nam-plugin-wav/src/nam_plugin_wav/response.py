"""
Estimate how an output answers its input, from whatever was played, in a form whose beginning is sharp.

Both recordings are whitened by causal filters of minimum phase, and the whitened ones are correlated. What is left of
the input then cannot be predicted from its past, so whatever answers the past alone is uncorrelated with it: the
response is zero before the output can have heard the input, whether it distorts or not. And since a filter of minimum
phase is undone by the whitening, a cabinet's or a tone stack's roll-off does not blur the beginning. (The filters are
found from the averaged spectra by way of the cepstrum: Oppenheim and Schafer, *Discrete-Time Signal Processing*,
section 13.5.)
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.floating]
Spectrum = npt.NDArray[np.complex128]
Floats = npt.NDArray[np.float64]

_FLOOR = 1e-20
"""The share of the largest spectral density below which a frequency counts as not played."""

_HARDLY = 1e-9

LOUD = 1e-5
"""The same share, below which frequencies are left out that may hold nothing but a noise that both files share."""

_EXCERPTS = 16
_EXCERPT_SECONDS = 2.0
_SHORT_EXCERPT_SECONDS = 1.2
_FRAME_SECONDS = 0.17


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
class Spectra:
    """
    What the frames of several places have in common.

    :param played: (F,), the power of the input
    :param heard: (F,), the power of the output
    :param cross: (F,), their cross-spectrum
    """

    played: Floats
    heard: Floats
    cross: Spectrum

    def __add__(self, other: Spectra) -> Spectra:
        return Spectra(self.played + other.played, self.heard + other.heard, self.cross + other.cross)


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


def cut(samples: Signal, start: int, length: int) -> Floats:
    """Return ``length`` samples from ``start``, with zeros for those outside of the recording."""
    piece = np.zeros(length)
    low, high = max(start, 0), min(start + length, len(samples))
    if low < high:
        piece[low - start : high - start] = samples[low:high]
    return piece


def frame_size(sample_rate: float) -> int:
    """Return the samples of a frame, a power of two."""
    return 1 << max(int(np.ceil(np.log2(_FRAME_SECONDS * sample_rate))), 5)


def spectra(x: Signal, y: Signal, start: int, length: int, size: int, lag_at: Callable[[float], int]) -> Spectra:
    """
    Return the spectra of one place, summed over its frames.

    :param size: of a frame, in samples
    :param lag_at: the lag of the output at a sample of the input, in samples, which is taken out
    """
    taper = np.hanning(size)
    half = size // 2 + 1
    total = Spectra(np.zeros(half), np.zeros(half), np.zeros(half, np.complex128))
    for frame in range(start, start + max(length - size, 0) + 1, size // 4):
        played = np.fft.rfft(taper * cut(x, frame, size))
        heard = np.fft.rfft(taper * cut(y, frame + lag_at(frame + size / 2), size))
        total += Spectra(np.abs(played) ** 2, np.abs(heard) ** 2, heard * played.conj())
    return total


def spectra_of_all(
    x: Signal, y: Signal, sample_rate: float, places: Sequence[tuple[int, int]], lag_at: Callable[[float], int]
) -> Spectra:
    """Return the spectra of several places, each a start and a length, together."""
    size = frame_size(sample_rate)
    parts = (spectra(x, y, start, length, size, lag_at) for start, length in places)
    return functools.reduce(operator.add, parts)


def whiteners(shared: Spectra, floor: float = 0.0) -> Spectrum:
    """
    Return what turns a cross-spectrum into that of both recordings whitened, (F,).

    :param floor: the share of the largest spectral density below which a frequency is not brought to the usual level
    """
    played, heard = (_minimum_phase(power + floor * power.max()) for power in (shared.played, shared.heard))
    return np.exp(-heard - played.conj())


def response_of(cross: Spectrum, whitener: Spectrum) -> Floats:
    """
    Return a response, at ``n - N // 2`` samples after the lag, (N,).

    A wire of any gain gives a single sample of 1 when ``cross`` belongs to the spectra of the whitener.
    """
    size = 2 * (len(cross) - 1)
    return np.roll(np.fft.irfft(cross * whitener, size), size // 2)


def whitened(samples: Signal, start: int, length: int, power: Floats) -> Floats:
    """
    Return a piece of a recording through a causal filter that whitens it, (L,).

    Frequencies that are hardly played are not brought to the level of the others, because a filter of a finite length
    cannot.

    :param power: the power spectrum to whiten, (F,)
    """
    size = 2 * (len(power) - 1)
    piece = cut(samples, start - size, length + size)
    taper = np.concatenate([np.hanning(size)[size // 2 :], np.zeros(size // 2)])
    span = 1 << int(np.ceil(np.log2(len(piece) + size)))
    filtering = np.fft.irfft(np.exp(-_minimum_phase(power + _HARDLY * power.max())), size) * taper
    return np.fft.irfft(np.fft.rfft(piece, span) * np.fft.rfft(filtering, span), span)[size : size + length]


def _minimum_phase(power: Floats) -> Spectrum:
    """Return the logarithm of the filter of minimum phase that has this power spectrum."""
    size = 2 * (len(power) - 1)
    level = 0.5 * np.log(power + _FLOOR * power.max() + np.finfo(float).tiny)
    cepstrum = np.fft.irfft(level, size)
    cepstrum[1 : size // 2] *= 2
    cepstrum[size // 2 + 1 :] = 0
    return np.fft.rfft(cepstrum)


def _liveliest(x: Signal, low: int, high: int, length: int) -> tuple[int, float]:
    hop = max(length // 4, 1)
    change = np.diff(x[low:high])
    hops = len(change) // hop
    energy = np.square(change[: hops * hop]).reshape(hops, hop).sum(axis=1, dtype=np.float64)
    sums = np.convolve(energy, np.ones(min(4, hops)), "valid")
    best = int(sums.argmax())
    return min(low + best * hop, high - length), float(sums[best])
