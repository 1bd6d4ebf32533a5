"""
Measure how an output is aligned to its input: how the lag runs over the recording, and where the response begins.

1. Some lively places of the input are sought in the output (``sightings``); those that agree give the lag and how it
   runs over the recording (``course``): steadily, drifting, or with slips.
2. Around that lag the whitened response is estimated (``response``), first at many short places, which gives the
   course to the sample, then of all of them together; its beginning is sought (``onset``).
3. Where the input leaves digital silence, the output cannot begin later than it answers there (``answers``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nam_plugin_wav.answers import Answer, first_answer
from nam_plugin_wav.course import Course, follow
from nam_plugin_wav.onset import Onset, find_onset
from nam_plugin_wav.response import (
    Excerpts,
    Floats,
    Signal,
    Spectra,
    frame_size,
    pick_excerpts,
    response_of,
    spectra,
    whiteners,
)
from nam_plugin_wav.sightings import Sighting, sight
from nam_plugin_wav.slips import located

_COARSE_SECONDS = 0.002
_FINE_SECONDS = 0.0001
_PLACE_SECONDS = 0.5
_SEARCH_SECONDS = 0.005
_TEMPLATE_SECONDS = 0.001
_CONTRAST = 6.0
_CLEAR = 0.25
_SOON_SECONDS = 0.00025


@dataclass(frozen=True)
class Alignment:
    """
    What was measured between two recordings.

    :param excerpts: the places that were compared
    :param sightings: each of them, in the output
    :param agreement: the share of the sightings that lie on one course
    :param distinctness: the median of theirs
    :param inverted: whether the correlation is negative, each place weighted by its distinctness
    :param course: how the lag runs
    :param shared: the spectra, the course taken out
    :param response: whitened, the course taken out, (N,)
    :param onset: of the response
    :param answer: to the end of silence, where there is any
    :param begins: where the response begins, by both, in samples after the course
    """

    excerpts: Excerpts
    sightings: tuple[Sighting, ...]
    agreement: float
    distinctness: float
    inverted: bool
    course: Course
    shared: Spectra
    response: Floats
    onset: Onset
    answer: Answer | None
    begins: int


def measure(x: Signal, y: Signal, sample_rate: float, reach: int) -> Alignment | None:
    """
    Return how ``y`` is aligned to ``x``, or None where the input is silent as far as the output reaches.

    :param reach: how far to search before and after, in samples
    """
    # Excerpts depend on the input alone, so that a shifted copy of the output is judged by the same ones.
    excerpts = pick_excerpts(x[: len(y)], sample_rate)
    if not excerpts.starts:
        return None
    sightings = sight(x, y, sample_rate, excerpts, reach)
    strengths = [sighting.distinctness for sighting in sightings]
    course, inside = follow(
        [s.middle for s in sightings], [s.lag for s in sightings], strengths, _COARSE_SECONDS * sample_rate
    )
    agreeing = [s for s, agrees in zip(sightings, inside, strict=True) if agrees]
    excerpts = replace(excerpts, starts=tuple(start for start, agrees in zip(excerpts.starts, inside, strict=True) if agrees))
    course = _refined(x, y, sample_rate, _places(excerpts, sample_rate), course)
    wholes = [(start, excerpts.length) for start in excerpts.starts]
    shared = _sum(_spectra_of(x, y, sample_rate, wholes, course.lag_at))
    if course.steps:
        rough = response_of(shared.cross, whiteners(shared))
        course = located(x, y, sample_rate, course, shared, rough, round(_PLACE_SECONDS * sample_rate))
        shared = _sum(_spectra_of(x, y, sample_rate, wholes, course.lag_at))
    response = response_of(shared.cross, whiteners(shared))
    onset, answer = find_onset(response, sample_rate), first_answer(x, y, sample_rate, course.lag_at)
    signs = [(-1.0 if s.inverted else 1.0) * (s.distinctness + 1e-9) for s in agreeing]
    return Alignment(
        excerpts=excerpts,
        sightings=tuple(sightings),
        agreement=len(agreeing) / len(sightings),
        distinctness=float(np.median([s.distinctness for s in agreeing])),
        inverted=sum(signs) < 0,
        course=course,
        shared=shared,
        response=response,
        onset=onset,
        answer=answer,
        begins=_beginning(onset, answer, sample_rate),
    )


def _beginning(onset: Onset, answer: Answer | None, sample_rate: float) -> int:
    """Return the sooner of both, unless nothing can be so soon as the response seems to be."""
    if answer is None:
        return onset.start
    impossible = answer.exact and onset.start < answer.after - _SOON_SECONDS * sample_rate
    return answer.after if impossible else min(onset.start, answer.after)


def _places(excerpts: Excerpts, sample_rate: float) -> list[tuple[int, int]]:
    """Return start and length of the parts of half a second into which the excerpts are divided."""
    count = max(round(excerpts.length / (_PLACE_SECONDS * sample_rate)), 1)
    length = excerpts.length // count
    return [(start + part * length, length) for start in excerpts.starts for part in range(count)]


def _spectra_of(
    x: Signal, y: Signal, sample_rate: float, places: Sequence[tuple[int, int]], lag_at: Callable[[float], int]
) -> list[Spectra]:
    size = frame_size(sample_rate)
    return [spectra(x, y, start, length, size, lag_at) for start, length in places]


def _sum(parts: Sequence[Spectra]) -> Spectra:
    total = parts[0]
    for part in parts[1:]:
        total += part
    return total


def _refined(
    x: Signal, y: Signal, sample_rate: float, places: Sequence[tuple[int, int]], course: Course
) -> Course:
    """Return the course to the sample, from how far the response of each place lies beside that of the clearest one."""
    parts = _spectra_of(x, y, sample_rate, places, course.lag_at)
    whitener = whiteners(_sum(parts))
    responses = [response_of(part.cross, whitener) for part in parts]
    reach = max(round(_SEARCH_SECONDS * sample_rate), 2)
    middle = len(responses[0]) // 2
    window = slice(max(middle - 2 * reach, 0), middle + 2 * reach + 1)
    heights = [float(np.abs(response[window]).max()) / (float(np.std(response)) + 1e-30) for response in responses]
    clearest = responses[int(np.argmax(heights))]
    peak = window.start + int(np.abs(clearest[window]).argmax())
    half = max(round(_TEMPLATE_SECONDS * sample_rate), 1)
    template = clearest[max(peak - half, 0) : peak + half + 1]
    middles, lags, strengths = [], [], []
    for (start, length), response in zip(places, responses, strict=True):
        likeness = np.abs(np.correlate(response, template, "valid"))
        origin = max(peak - half, 0)
        low = max(origin - reach, 0)
        near = likeness[low : origin + reach + 1]
        best = int(near.argmax())
        rival = max(near[: max(best - half, 0)].max(initial=0.0), near[best + half :].max(initial=0.0))
        strength = 1 - float(rival / max(near[best], np.finfo(float).tiny))
        if near[best] > _CONTRAST * np.median(likeness) / 0.6745 and strength > _CLEAR:
            middles.append(start + length / 2)
            lags.append(course.lag_at(start + length / 2) + low + best - origin)
            strengths.append(strength)
    if len(middles) < 2:
        return course
    fine, inside = follow(middles, lags, strengths, max(_FINE_SECONDS * sample_rate, 2.0))
    return fine if inside.mean() > 0.5 else course
