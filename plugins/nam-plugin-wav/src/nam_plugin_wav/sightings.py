"""
Find the lag of the output at several places of a recording, and the lag on which most of them agree.

Each place is correlated with the output around it, the spectra partly whitened (the generalised correlation of Knapp
and Carter, IEEE Transactions on Acoustics, Speech, and Signal Processing 24(4), 1976, with the phase transform's weight
to the power of 0.8), so that a loud low string does not blur the peak.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nam_plugin_wav.response import Excerpts, Signal, cut

_WHITENING = 0.8
_LOWEST = 60.0
_BANDWIDTH = 1500.0

_APART_SECONDS = 0.005
"""Peaks nearer than this to the highest one belong to the same response."""

_TOLERANCE_SECONDS = 0.002
"""Places agree when their lags are within this of each other, or of a common line."""

_MAX_DRIFT = 200e-6
"""More than any two sound cards differ by."""

_CERTAIN_DRIFT = 10e-6
"""A drift is reported where its standard error is below this."""


@dataclass(frozen=True)
class Sighting:
    """
    The lag at one place.

    :param middle: of the place, in samples of the input
    :param lag: of the output, in samples
    :param inverted: whether the correlation is negative there
    :param distinctness: 0 where another lag fits as well, 1 where no other one fits at all
    """

    middle: float
    lag: float
    inverted: bool
    distinctness: float


@dataclass(frozen=True)
class Consensus:
    """
    The lag on which most places agree.

    :param agreement: the share of the places that agree
    :param distinctness: the median of theirs
    :param inverted: whether the correlation is negative, each place weighted by its distinctness
    :param middle: the mean of theirs, in samples of the input
    :param lag: in samples, at ``middle``
    :param slope: samples of lag per sample; 0 where a drift cannot be told from none
    :param drift: the same as measured, or None where the recording is too short to tell
    :param count: the number of places that agree
    """

    agreement: float
    distinctness: float
    inverted: bool
    middle: float
    lag: float
    slope: float
    drift: float | None
    count: int

    def lag_at(self, position: float) -> int:
        """Return the lag, in whole samples, at a sample of the input."""
        return round(self.lag + self.slope * (position - self.middle))


def sight(x: Signal, y: Signal, sample_rate: float, excerpts: Excerpts, reach: int) -> list[Sighting]:
    """Return where each excerpt of ``x`` is in ``y``, up to ``reach`` samples before and after its own place."""
    return [_sighting(x, y, sample_rate, start, excerpts.length, reach) for start in excerpts.starts]


def agree(sightings: Sequence[Sighting], sample_rate: float) -> Consensus:
    """
    Return the largest group of sightings that lie on one line of lag over time.

    :param sightings: at least one
    """
    middles = np.array([s.middle for s in sightings])
    lags = np.array([s.lag for s in sightings])
    inside = _largest_group(middles, lags, _TOLERANCE_SECONDS * sample_rate)
    slope, error = _line(middles[inside], lags[inside])
    known = error < _CERTAIN_DRIFT
    drifts = known and abs(slope) > max(3 * error, 1e-6)
    weights = np.array([s.distinctness for s in sightings])[inside]
    signs = np.array([-1.0 if s.inverted else 1.0 for s in sightings])[inside]
    return Consensus(
        agreement=float(inside.mean()),
        distinctness=float(np.median(weights)),
        inverted=bool(np.sum(signs * (weights + 1e-9)) < 0),
        middle=float(middles[inside].mean()),
        lag=float(lags[inside].mean() if drifts else np.median(lags[inside])),
        slope=slope if drifts else 0.0,
        drift=slope if known else None,
        count=int(inside.sum()),
    )


def _sighting(x: Signal, y: Signal, sample_rate: float, start: int, length: int, reach: int) -> Sighting:
    size = 1 << int(np.ceil(np.log2(length + 2 * reach)))
    frequency = np.fft.rfftfreq(size, 1 / sample_rate)
    band = np.exp(-0.5 * (frequency / _BANDWIDTH) ** 2) * (frequency > _LOWEST)
    played = np.fft.rfft(np.hanning(length) * cut(x, start, length), size)
    heard = np.fft.rfft(cut(y, start - reach, length + 2 * reach), size)
    cross = heard * played.conj()
    strength = np.abs(cross)
    floor = 1e-9 * strength.max() + np.finfo(float).tiny
    correlation = np.fft.irfft(band * cross / (strength + floor) ** _WHITENING, size)[: 2 * reach + 1]
    height = np.abs(correlation)
    peak = int(height.argmax())
    apart = round(_APART_SECONDS * sample_rate)
    rival = max(height[: max(peak - apart, 0)].max(initial=0), height[peak + apart :].max(initial=0))
    distinctness = 1 - rival / height[peak] if height[peak] > 0 else 0.0
    middle = start + length / 2
    return Sighting(middle, peak - reach, bool(correlation[peak] < 0), float(distinctness))


def _largest_group(middles: Signal, lags: Signal, tolerance: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """
    Return a mask of the largest group, having tried the line through every two sightings and the level of each.

    Of equally large groups it is the one that drifts least, then the one with the smallest lag.
    """
    best = np.zeros(len(lags), bool)
    least = (0.0, np.inf, np.inf)
    for i in range(len(lags)):
        for j in range(i, len(lags)):
            slope = 0.0 if i == j else float((lags[j] - lags[i]) / (middles[j] - middles[i]))
            if abs(slope) > _MAX_DRIFT:
                continue
            inside = np.abs(lags - lags[i] - slope * (middles - middles[i])) <= tolerance
            order = (-float(inside.sum()), abs(slope), abs(float(lags[i])))
            if order < least:
                best, least = inside, order
    return best


def _line(middles: Signal, lags: Signal) -> tuple[float, float]:
    """Return the slope of the line that fits, and its standard error, infinite where the points are too few."""
    if len(lags) < 4:
        return 0.0, np.inf
    time = middles - middles.mean()
    spread = float(np.sum(time**2))
    slope = float(np.sum(time * (lags - lags.mean())) / spread)
    rest = lags - lags.mean() - slope * time
    # A lag is a whole number of samples, so it is never known better than the rounding allows.
    variance = max(float(np.sum(rest**2)) / (len(lags) - 2), 1 / 12)
    return slope, float(np.sqrt(variance / spread))
