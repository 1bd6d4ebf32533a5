"""
Find the lag of the output at several places of a recording.

Each place is correlated with the output around it, the spectra partly whitened (the generalised correlation of Knapp
and Carter, IEEE Transactions on Acoustics, Speech, and Signal Processing 24(4), 1976, with the phase transform's weight
to the power of 0.8), so that a loud low string does not blur the peak. The peak lies later than the beginning of the
response, by as much as the amplifier's filters delay it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nam_plugin_wav.response import Excerpts, Signal, cut

_WHITENING = 0.8
_LOWEST = 60.0
_BANDWIDTH = 1500.0

_APART_SECONDS = 0.005
"""Peaks nearer than this to the highest one belong to the same response."""


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


def sight(x: Signal, y: Signal, sample_rate: float, excerpts: Excerpts, reach: int) -> list[Sighting]:
    """Return where each excerpt of ``x`` is in ``y``, up to ``reach`` samples before and after its own place."""
    return [_sighting(x, y, sample_rate, start, excerpts.length, reach) for start in excerpts.starts]


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
