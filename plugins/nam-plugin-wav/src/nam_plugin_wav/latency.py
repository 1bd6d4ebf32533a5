"""
Find the delay between two recordings of one performance, whatever was played.

The delay is where the amplifier's response begins, less a small margin, and never the peak of the correlation: an
amplifier's own filters put that 10 to 20 samples later, and a model trained so would have to see the future.

1. Some lively places of the input are sought in the output (``sightings``); from those that agree come the coarse lag,
   the polarity, the drift of the clocks and the confidence.
2. Around that lag the impulse response is estimated (``response``). Its first strong lobe begins where the tangent of
   its steepest rise meets zero, relative to where that of a wire would.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nam_kernel.errors import DataError
from nam_plugin_wav.response import Excerpts, Response, Signal, impulse_response, pick_excerpts
from nam_plugin_wav.sightings import Consensus, agree, sight

MARGIN_SECONDS = 0.0002
"""A delay is stated too short by this: a model can learn to wait, and cannot learn to foresee."""

ENOUGH = 0.5
"""The confidence from which a delay is trusted."""

_DISTINCT = 0.5
"""The distinctness from which places that agree are beyond doubt."""

_DISTINCT_ALONE = 0.85
"""The same for one place alone: a second or less of an unrelated recording fits by chance at 0.4."""

_CLEAR = 0.5
"""The clearness of the response's beginning from which it is beyond doubt."""

_REACH_SECONDS = 0.003
_FIRST_LOBE_SECONDS = 0.002
_BEFORE_SECONDS = (0.015, 0.002)


@dataclass(frozen=True)
class Delay:
    """
    The delay of an output behind its input.

    :param delay: in whole samples; negative where the output leads
    :param fraction: the remainder of the rounding, -0.5 to 0.5
    :param inverted: whether the output is inverted, judged by the tallest peak of the correlation
    :param confidence: 0 to 1
    :param drift_ppm: samples by which the lag grows per million, positive where the output's clock runs fast;
        None where the recording is too short or too unclear to tell
    :param sample_rate: in Hz
    :param sentence: what was found, or why nothing was
    """

    delay: int
    fraction: float
    inverted: bool
    confidence: float
    drift_ppm: float | None
    sample_rate: float
    sentence: str

    @property
    def milliseconds(self) -> float:
        """The delay with its fraction."""
        return (self.delay + self.fraction) / self.sample_rate * 1000


def find_delay(x: Signal, y: Signal, sample_rate: float, *, max_delay_seconds: float = 1.0) -> Delay:
    """
    Return the delay of ``y`` behind ``x``.

    :param x: (L,), the input
    :param y: (M,), the output; any length
    :param sample_rate: of both, in Hz
    :param max_delay_seconds: how far to search, before and after
    :raises DataError: when the confidence is low, with what to do
    """
    return require(estimate_delay(x, y, sample_rate, max_delay_seconds=max_delay_seconds), max_delay_seconds)


def estimate_delay(x: Signal, y: Signal, sample_rate: float, *, max_delay_seconds: float = 1.0) -> Delay:
    """Return the delay as ``find_delay`` does, a doubtful one too, with its low confidence."""
    x, y = np.asarray(x), np.asarray(y)
    for name, samples in (("input", x), ("output", y)):
        problem = _problem(samples)
        if problem:
            return Delay(0, 0.0, False, 0.0, None, sample_rate, f"the {name} {problem}")
    # Excerpts depend on the input alone, so that a shifted copy of the output is judged by the same ones.
    excerpts = pick_excerpts(x[: len(y)], sample_rate)
    if not excerpts.starts:
        return Delay(0, 0.0, False, 0.0, None, sample_rate, "the input is silent as far as the output reaches")
    sightings = sight(x, y, sample_rate, excerpts, max(round(max_delay_seconds * sample_rate), 1))
    consensus = agree(sightings, sample_rate)
    foot, clearness = _onset(_response(x, y, sample_rate, excerpts, consensus), sample_rate)
    begins = consensus.lag_at(consensus.middle) + foot - MARGIN_SECONDS * sample_rate
    delay = round(begins)
    distinctness = consensus.distinctness / (_DISTINCT if consensus.count > 1 else _DISTINCT_ALONE)
    confidence = consensus.agreement * min(distinctness, 1.0) * min(clearness / _CLEAR, 1.0)
    return Delay(
        delay=delay,
        fraction=begins - delay,
        inverted=consensus.inverted,
        confidence=round(confidence, 3),
        drift_ppm=None if consensus.drift is None else round(consensus.drift * 1e6, 2),
        sample_rate=sample_rate,
        sentence=_sentence(consensus, len(sightings), confidence, delay, sample_rate),
    )


def require(found: Delay, max_delay_seconds: float = 1.0) -> Delay:
    """
    Return the same delay.

    :param max_delay_seconds: how far was searched
    :raises DataError: when the confidence is low, with what to do
    """
    if found.confidence < ENOUGH:
        raise DataError(
            f"the delay cannot be found: {found.sentence}. Check that both files are of the same performance "
            f"and no more than {max_delay_seconds:g} s apart; or set 'delay' to a number of samples (0 where "
            "they are aligned already); or record again with a click and a second of silence before the music"
        )
    return found


def _problem(samples: Signal) -> str | None:
    if samples.ndim != 1 or len(samples) < 2:
        return "is empty" if samples.size < 2 else "is not mono"
    lowest, highest = samples.min(), samples.max()
    if not np.isfinite(lowest) or not np.isfinite(highest):
        return "holds NaN or infinite values"
    if lowest == highest:
        return "is silent"
    return None


def _response(x: Signal, y: Signal, sample_rate: float, excerpts: Excerpts, consensus: Consensus) -> Response:
    lags = np.array([consensus.lag_at(start + excerpts.length / 2) for start in excerpts.starts])
    return impulse_response(x, y, sample_rate, excerpts, lags)


def _onset(response: Response, sample_rate: float) -> tuple[float, float]:
    """Return how many samples after that of a wire a response begins, and how clearly, 0 to 1."""
    height = np.abs(response.output)
    centre = len(height) // 2
    peak = _first_lobe(height, centre, sample_rate)
    foot = _foot(response.output * np.sign(response.output[peak]), peak)
    low, high = (max(int(foot - seconds * sample_rate), 0) for seconds in _BEFORE_SECONDS)
    before = height[low:high].max(initial=0.0)
    clearness = 1 - before / height[peak] if height[peak] > 0 else 0.0
    return foot - _foot(response.wire, centre), max(float(clearness), 0.0)


def _first_lobe(height: Signal, centre: int, sample_rate: float) -> int:
    """Return the first peak at least 0.6 times as high as the highest one near the centre."""
    low, high = (max(centre + sign * round(_REACH_SECONDS * sample_rate), 1) for sign in (-1, 1))
    highest = low + int(height[low:high].argmax())
    for n in range(max(highest - round(_FIRST_LOBE_SECONDS * sample_rate), 1), highest):
        if height[n - 1] < height[n] >= height[n + 1] and height[n] >= 0.6 * height[highest]:
            return n
    return highest


def _foot(lobe: Signal, peak: int) -> float:
    """Return where a positive lobe begins: where the tangent of its steepest rise meets zero."""
    below = np.flatnonzero(lobe[:peak] < lobe[peak] / 5)
    begin = int(below[-1]) if len(below) else 0
    rise = np.diff(lobe[begin : peak + 1])
    if not len(rise) or rise.max() <= 0:
        return float(peak)
    steepest = int(rise.argmax())
    value = (lobe[begin + steepest] + lobe[begin + steepest + 1]) / 2
    return begin + steepest + 0.5 - float(value / rise[steepest])


def _sentence(consensus: Consensus, places: int, confidence: float, delay: int, sample_rate: float) -> str:
    if confidence < ENOUGH:
        return _doubt(consensus, places)
    way = "lags" if delay >= 0 else "leads"
    size = f"{abs(delay)} sample{'s' * (abs(delay) != 1)} ({abs(delay) / sample_rate * 1000:.2f} ms)"
    upside = ", with inverted polarity" if consensus.inverted else ""
    drift = f", and its clock drifts by {consensus.slope * 1e6:.1f} ppm" if consensus.slope else ""
    return f"the output {way} by {size}{upside}{drift} (confidence {confidence:.2f})"


def _doubt(consensus: Consensus, places: int) -> str:
    seen = []
    if consensus.agreement <= 0.5:
        seen.append(f"only {consensus.count} of {places} places of the input are found at one delay in the output")
    if consensus.distinctness < _DISTINCT:
        seen.append(f"other delays fit nearly as well ({1 - consensus.distinctness:.0%})")
    reasons = "recordings that do not belong together, a steady tone, a short loop"
    return f"{' and '.join(seen) or 'the beginning of the response is lost in noise'}, as with {reasons}"
