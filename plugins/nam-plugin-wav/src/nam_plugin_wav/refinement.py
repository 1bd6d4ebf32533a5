"""Find the course of a lag to the sample, from the whitened responses of many short places."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nam_plugin_wav.course import Course, follow
from nam_plugin_wav.response import Floats, Signal, cut, frame_size, response_of, spectra, whiteners

_SEARCH_SECONDS = 0.005
_TEMPLATE_SECONDS = 0.001
_TOLERANCE_SECONDS = 0.0001
_CONTRAST = 6.0
_CLEAR = 0.25
_SMOOTH = np.array([1, 6, 15, 20, 15, 6, 1]) / 64
_TINY = np.finfo(float).tiny


@dataclass(frozen=True)
class _Place:
    """
    Where the response of one place lies.

    :param at: where most of its input is, in samples of the input
    :param offset: of its response from that of the clearest one, in samples
    :param strength: 0 where another offset fits as well, 1 where no other one fits at all
    """

    at: float
    offset: float
    strength: float


def refined(x: Signal, y: Signal, sample_rate: float, places: Sequence[tuple[int, int]], course: Course) -> Course:
    """
    Return a course to the sample.

    :param places: start and length of each, in samples of the input
    :param course: to within 2 ms
    """
    size = frame_size(sample_rate)
    parts = [spectra(x, y, start, length, size, course.lag_at) for start, length in places]
    whitener = whiteners(functools.reduce(operator.add, parts))
    responses = [response_of(part.cross, whitener) for part in parts]
    centres = [_centre(x, start, length) for start, length in places]
    seen = list(_seen(responses, centres, sample_rate))
    if len(seen) < 2:
        return course
    lags = [course.lag_at(place.at) + place.offset for place in seen]
    tolerance = max(_TOLERANCE_SECONDS * sample_rate, 2.0)
    fine, inside = follow([p.at for p in seen], lags, [p.strength for p in seen], tolerance)
    return fine if inside.mean() > 0.5 else course


def _centre(x: Signal, start: int, length: int) -> float:
    """Return where the power of a place is."""
    power = cut(x, start, length) ** 2
    return start + float(np.dot(power, np.arange(length))) / (float(power.sum()) + _TINY)


def _seen(responses: Sequence[Floats], centres: Sequence[float], sample_rate: float) -> Iterator[_Place]:
    """Yield the places at which one offset is clearly the best."""
    reach, half = (max(round(s * sample_rate), 2) for s in (_SEARCH_SECONDS, _TEMPLATE_SECONDS))
    middle = len(responses[0]) // 2
    first = max(middle - 2 * reach, 0)
    around = slice(first, middle + 2 * reach + 1)
    heights = [float(np.abs(response[around]).max()) / (float(np.std(response)) + _TINY) for response in responses]
    clearest = responses[int(np.argmax(heights))]
    origin = max(first + int(np.abs(clearest[around]).argmax()) - half, 0)
    template = clearest[origin : origin + 2 * half + 1]
    low = max(origin - reach, 0)
    for response, at in zip(responses, centres, strict=True):
        correlation = np.correlate(response, template, "valid")
        likeness = np.abs(correlation)
        near = likeness[low : origin + reach + 1]
        best = int(near.argmax())
        rival = max(near[: max(best - half, 0)].max(initial=0.0), near[best + half :].max(initial=0.0))
        strength = 1 - float(rival / max(near[best], _TINY))
        if near[best] > _CONTRAST * np.median(likeness) / 0.6745 and strength > _CLEAR:
            yield _Place(at, low + best - origin + _vertex(correlation, low + best), strength)


def _vertex(correlation: Floats, peak: int) -> float:
    """Return how far its top lies beside a peak, by a parabola through it and its neighbours, all of them smoothed."""
    half = len(_SMOOTH) // 2
    piece = correlation[max(peak - 1 - half, 0) : peak + 2 + half]
    if len(piece) < 2 * half + 3:
        return 0.0
    before, top, after = np.convolve(piece, _SMOOTH, "valid") * np.sign(correlation[peak])
    return float(np.clip(0.5 * (before - after) / min(before - 2 * top + after, -_TINY), -0.5, 0.5))
