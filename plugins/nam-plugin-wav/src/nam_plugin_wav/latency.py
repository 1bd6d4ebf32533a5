"""
Find the delay between two recordings of one performance, whatever was played.

The delay is the largest one that leaves a model nothing to foresee: the output answers no sample of the input that it
has not heard. It is where the amplifier's response begins, and never the peak of the correlation, which its own filters
put later. No margin is taken off.
"""

from __future__ import annotations

import numpy as np

from nam_plugin_wav.alignment import Alignment, measure
from nam_plugin_wav.delay import ENOUGH, Delay, Kind, Slip
from nam_plugin_wav.kinship import are_strangers, crest, direction, likeness_of_dynamics
from nam_plugin_wav.response import Signal
from nam_plugin_wav.wording import told

_BACKWARDS = -2.0
"""The ``kinship.direction`` below which files are exchanged beyond doubt: a response that comes before its cause."""

_WEIGHT_OF_DIRECTION, _WEIGHT_OF_CREST = 1.3, 0.2
_EXCHANGED, _CERTAIN = -1.2, 1.0
"""The weighted sums of direction and crest below which files seem to be exchanged, and from which they are not."""

_SATURATED = 14.0
"""The crest factor, in dB, below which an input sounds like an output; a DI that is played has 16 and more."""

_ALIKE = 0.75
"""The likeness of dynamics from which an effect may hide the input."""

_LEAD_SECONDS = 0.002
"""A lead that begs a question."""

_DOUBTFUL_HEIGHT, _SHARPNESS = 8.5, 5.0
_BEST, _LESS, _HIGH = 0.99, 0.05, 30.0
_DISTINCT, _DISTINCT_ALONE = 0.4, 0.85
_AGREEING = 0.5


def find_delay(x: Signal, y: Signal, sample_rate: float, *, max_delay_seconds: float = 1.0) -> Delay:
    """
    Return the delay of ``y`` behind ``x``.

    :param x: (L,), the input
    :param y: (M,), the output; any length
    :param sample_rate: of both, in Hz
    :param max_delay_seconds: how far to search, before and after
    :raises DataError: when it cannot be trusted, with what to do
    """
    return estimate_delay(x, y, sample_rate, max_delay_seconds=max_delay_seconds).require()


def estimate_delay(x: Signal, y: Signal, sample_rate: float, *, max_delay_seconds: float = 1.0) -> Delay:
    """Return the delay as ``find_delay`` does, a doubtful one too, with its low confidence and its kind."""
    return listen(x, y, sample_rate, max_delay_seconds=max_delay_seconds)[0]


def listen(
    x: Signal, y: Signal, sample_rate: float, *, max_delay_seconds: float = 1.0
) -> tuple[Delay, Alignment | None]:
    """Return the delay as ``estimate_delay`` does, and what was measured for it, where anything could be."""
    x, y = np.asarray(x), np.asarray(y)
    for name, samples in (("input", x), ("output", y)):
        problem = _problem(samples)
        if problem:
            return _silent(f"the {name} {problem}", sample_rate), None
    found = measure(x, y, sample_rate, max(round(max_delay_seconds * sample_rate), 1))
    if found is None:
        return _silent("the input is silent as far as the output reaches", sample_rate), None
    delay = round(found.course.lowest(0, min(len(x), len(y)))) + found.begins
    confidence = _confidence(found)
    kind, certain = _kind(x, y, sample_rate, found, delay, confidence)
    slips = tuple(Slip(round(step.at / sample_rate, 4), step.samples) for step in found.course.steps)
    first = found.course.lag_at(0.0) + found.begins
    sentence, remedy = told(found, (kind, certain), delay, first, confidence, slips, sample_rate, max_delay_seconds)
    drift = found.course.drift
    heard = Delay(
        delay=delay,
        confidence=confidence,
        inverted=found.inverted,
        drift_ppm=None if drift is None else round(drift * 1e6, 2),
        slips=slips,
        kind=kind,
        sample_rate=sample_rate,
        sentence=sentence,
        remedy=remedy,
        certain=certain,
        course=found.course,
        begins=found.begins,
    )
    return heard, found


def _problem(samples: Signal) -> str | None:
    if samples.ndim != 1 or len(samples) < 2:
        return "is empty" if samples.size < 2 else "is not mono"
    lowest, highest = samples.min(), samples.max()
    if not np.isfinite(lowest) or not np.isfinite(highest):
        return "holds NaN or infinite values"
    if lowest == highest:
        return "is silent"
    return None


def _silent(sentence: str, sample_rate: float) -> Delay:
    return Delay(0, 0.0, False, None, (), "silent", sample_rate, sentence, "check the file, and its channel")


def _confidence(found: Alignment) -> float:
    """
    Return how often an estimate like this one is right.

    The curve over the height of the response was fitted to 1200 computed amplifiers, and is tested on others.
    """
    height = max(found.onset.height, 1e-9)
    clear = 1 / (1 + (_DOUBTFUL_HEIGHT / height) ** _SHARPNESS)
    usual = _BEST - _LESS * min(1.0, _HIGH / height)
    distinct = _DISTINCT if len(found.excerpts.starts) > 1 else _DISTINCT_ALONE
    together = min(found.agreement / _AGREEING, 1.0) * min(max(found.distinctness, 0.0) / distinct, 1.0)
    return round(float(min(clear, usual) * together), 3)


def _kind(
    x: Signal, y: Signal, sample_rate: float, found: Alignment, delay: int, confidence: float
) -> tuple[Kind, bool]:
    """Return what two recordings are to each other, and whether that is beyond doubt."""
    if are_strangers(x, y, sample_rate, found):
        return "strangers", likeness_of_dynamics(x, y, sample_rate) < _ALIKE
    if confidence < ENOUGH:
        return "unclear", False
    sides, played = direction(found, sample_rate), crest(x)
    score = _WEIGHT_OF_DIRECTION * sides - _WEIGHT_OF_CREST * (crest(y) - played)
    if sides < _BACKWARDS or (score < _EXCHANGED and played < _SATURATED):
        return "exchanged", sides < _BACKWARDS
    return ("leads" if score < _CERTAIN and delay < -_LEAD_SECONDS * sample_rate else "found"), True
