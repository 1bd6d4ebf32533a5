"""
Measure how an output is aligned to its input: how the lag runs over the recording, and where the response begins.

1. Some lively places of the input are sought in the output (``sightings``); those that agree give the lag and how it
   runs over the recording (``course``): steadily, drifting, or with slips.
2. Around that lag the whitened response is estimated (``response``), first at many short places, which gives the
   course to the sample, then of all of them together; its beginning is sought (``onset``).
3. Where the input leaves digital silence, the output cannot begin later than it answers there (``answers``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nam_plugin_wav.answers import Answer, first_answer
from nam_plugin_wav.course import Course, follow
from nam_plugin_wav.onset import Onset, find_onset
from nam_plugin_wav.refinement import refined
from nam_plugin_wav.response import (
    LOUD,
    Excerpts,
    Floats,
    Signal,
    Spectra,
    pick_excerpts,
    response_of,
    spectra_of_all,
    whiteners,
)
from nam_plugin_wav.sightings import Sighting, sight
from nam_plugin_wav.slips import located

_COARSE_SECONDS = 0.002
_PLACE_SECONDS = 0.5
_SOON_SECONDS = 0.00025
_SAME_SAMPLES, _CLEAR = 2, 50.0


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

    @property
    def from_beginning(self) -> Floats:
        """The response with its beginning in the middle, (N,)."""
        return np.roll(self.response, -self.begins)


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
    excerpts = replace(
        excerpts, starts=tuple(start for start, agrees in zip(excerpts.starts, inside, strict=True) if agrees)
    )
    course = refined(x, y, sample_rate, _places(excerpts, sample_rate), course)
    wholes = [(start, excerpts.length) for start in excerpts.starts]
    shared = spectra_of_all(x, y, sample_rate, wholes, course.lag_at)
    if course.steps:
        rough = response_of(shared.cross, whiteners(shared))
        course = located(x, y, sample_rate, course, shared, rough, round(_PLACE_SECONDS * sample_rate))
        shared = spectra_of_all(x, y, sample_rate, wholes, course.lag_at)
    response, loud = (response_of(shared.cross, whiteners(shared, floor)) for floor in (0.0, LOUD))
    onset = find_onset(response, loud, sample_rate)
    answer = first_answer(x, y, sample_rate, course.lag_at)
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
    """Return the sooner of both; if they differ little, the end of silence where nothing hides the answer to it."""
    if answer is None:
        return onset.start
    early = answer.after - onset.start
    doubtful = early <= _SAME_SAMPLES and onset.contrast < _CLEAR
    certain = answer.exact and (doubtful or early > _SOON_SECONDS * sample_rate)
    return answer.after if certain else min(onset.start, answer.after)


def _places(excerpts: Excerpts, sample_rate: float) -> list[tuple[int, int]]:
    """Return start and length of the parts of half a second into which the excerpts are divided."""
    count = max(round(excerpts.length / (_PLACE_SECONDS * sample_rate)), 1)
    length = excerpts.length // count
    return [(start + part * length, length) for start in excerpts.starts for part in range(count)]
