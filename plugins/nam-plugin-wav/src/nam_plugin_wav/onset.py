"""Find where a whitened response begins: its first sample that is no noise, or what a smooth rise had before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nam_plugin_wav.response import Floats

_NEAR_SECONDS = 0.003
_LOCAL_SECONDS = 0.001
_FAR_SECONDS = 0.02
_SEARCHED_SECONDS = 0.04

_NEAR, _FAR = 3.5, 8.0
"""How far a beginning stands out of what lies long before it (its 95 % quantile), near the peak and farther away."""

_LOCAL = 1.6
"""How far it stands out of the largest sample right before it."""

_SHARE, _CERTAIN = 0.1, 14.0
"""The share of the peak that a beginning has, unless it stands out of the noise by so many standard deviations."""

_LEAST = 1e-3
"""The share of the peak that every beginning has: what is less costs an ESR of a millionth."""

_SEEN = 2.5
"""How far the loud frequencies have to show a beginning long before the peak, over the same quantile of theirs."""

_RISE_SAMPLES = 8
_STEEPNESS = 4
_SMEARED = ((12, 7), (7, 4))
"""A response that takes so many samples from its beginning to its peak may have begun so much sooner, unseen."""


@dataclass(frozen=True)
class Onset:
    """
    The beginning of a response.

    :param start: in samples after the lag that was taken out
    :param peak: where the response is largest, likewise
    :param height: the peak, over the standard deviation of the noise
    :param contrast: the first sample that is no noise, over the standard deviation right before it
    :param inverted: whether the first sample is negative
    """

    start: int
    peak: int
    height: float
    contrast: float
    inverted: bool


def find_onset(response: Floats, loud: Floats, sample_rate: float) -> Onset:
    """
    Return the beginning of a response.

    What the loud frequencies do not show is no answer: files that were dithered alike, and cut, share a noise.

    :param response: (N,), the lag in its middle
    :param loud: (N,), the same of the loud frequencies alone, which is less sharp
    :param sample_rate: in Hz
    """
    near, local, far, searched = (
        max(round(seconds * sample_rate), least)
        for seconds, least in ((_NEAR_SECONDS, 4), (_LOCAL_SECONDS, 4), (_FAR_SECONDS, 8), (_SEARCHED_SECONDS, 8))
    )
    middle = len(response) // 2
    height, lasting = np.abs(response), np.abs(loud)
    first = min(far + near, middle - 1)
    top = first + int(lasting[first:].argmax())
    low = max(top - local, first)
    peak = low + int(height[low : top + local + 1].argmax())
    usual = _SEEN * float(np.quantile(lasting[max(top - far - near, 0) : max(top - near, 1)], 0.95))
    before = height[max(peak - far - near, 0) : max(peak - near, 1)]
    quantile = float(np.quantile(before, 0.95)) + np.finfo(float).tiny
    noise = quantile / 1.96
    at = peak
    for n in range(max(peak - searched, first, local), peak):
        recent = float(height[n - local : n - 3].max(initial=0.0))
        there = max(noise, recent / 2.3)
        distinct = (_NEAR if peak - n <= near else _FAR) * quantile
        needed = max(min(_SHARE * height[peak], _CERTAIN * there), _LEAST * height[peak])
        seen = peak - n <= local or lasting[n - local // 4 : n + local // 4 + 1].max() >= usual
        if seen and height[n] >= max(distinct, _LOCAL * recent, needed):
            at = n
            break
    recent = float(height[max(at - local, 0) : max(at - 3, 0)].max(initial=0.0))
    there = max(noise, recent / 2.3)
    there = max(there, 0.5 * _LEAST * float(height[peak]))
    side = float(np.sign(response[at])) or 1.0
    start = _rise(response * side, at, there)
    if there > 0.002 * height[peak]:
        start -= next((hidden for length, hidden in _SMEARED if peak - at >= length), 0)
    return Onset(
        start=start - middle,
        peak=peak - middle,
        height=float(height[peak]) / noise,
        contrast=float(height[at]) / there,
        inverted=side < 0,
    )


def _rise(lobe: Floats, at: int, noise: float) -> int:
    """
    Return where a lobe begins that was seen at ``at``, above the noise.

    What is hidden in the noise is taken to rise like the fourth power of time, as after a roll-off of 24 dB per
    octave, unless a sample that would be seen is not there.
    """
    start = at
    while start > max(at - _RISE_SAMPLES, 1) and 2 * noise < lobe[start - 1] < lobe[start]:
        start -= 1
    growth = float(lobe[start + 1] / lobe[start]) if start + 1 < len(lobe) and lobe[start] > 0 else 1.0
    if growth <= 1.05:
        return start
    steps = 1 / (growth ** (1 / _STEEPNESS) - 1)
    expected = lobe[start] * max((steps - 1) / steps, 0.0) ** _STEEPNESS
    if expected > 2 * noise + max(float(lobe[start - 1]), 0.0):
        return start
    return start - int(min(max(steps - 1, 0.0), _STEEPNESS))
