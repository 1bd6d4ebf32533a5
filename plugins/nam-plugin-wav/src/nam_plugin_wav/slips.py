"""Find where exactly a recording slips: where its lag jumps because samples were lost, or were inserted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nam_plugin_wav.course import Course, Step
from nam_plugin_wav.response import Floats, Signal, Spectra, whitened

_BEFORE_SECONDS, _AFTER_SECONDS = 0.0005, 0.002


def located(
    x: Signal, y: Signal, sample_rate: float, course: Course, shared: Spectra, response: Floats, place: int
) -> Course:
    """
    Return the course with each step at the sample that separates best what fits the lag before it from the rest.

    :param shared: spectra of both recordings
    :param response: whitened, (N,), around the course
    :param place: samples of a place: a step may lie as far as half of that beyond where it is known to be
    """
    middle = len(response) // 2
    peak = int(np.abs(response).argmax())
    low, high = peak - round(_BEFORE_SECONDS * sample_rate), peak + round(_AFTER_SECONDS * sample_rate)
    shape = response[max(low, 0) : high]
    offset = max(low, 0) - middle
    exact = [_exact(x, y, course, step, shared, shape, offset, place // 2) for step in course.steps]
    return replace(course, steps=tuple(exact))


def _exact(
    x: Signal, y: Signal, course: Course, step: Step, shared: Spectra, shape: Floats, offset: int, slack: int
) -> Step:
    start, length = max(step.low - slack, 0), step.high - max(step.low - slack, 0) + slack
    before = course.lag_at(step.low)
    played = whitened(x, start, length, shared.played)
    expected = np.convolve(played, shape)[:length]
    fits = [
        expected * whitened(y, start + lag + offset, length, shared.heard) for lag in (before, before + step.samples)
    ]
    at = start + int(np.cumsum(fits[0] - fits[1]).argmax()) + 1
    return replace(step, low=at, high=at)
