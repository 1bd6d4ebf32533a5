"""The delay between two recordings, with everything that is known about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nam_kernel.errors import DataError
from nam_plugin_wav.counts import samples
from nam_plugin_wav.course import Course

Kind = Literal["found", "leads", "exchanged", "strangers", "unclear", "silent"]

ENOUGH = 0.5
"""The confidence from which a delay is trusted."""


@dataclass(frozen=True)
class Slip:
    """
    A place where the lag jumps.

    :param seconds: from the beginning of the input
    :param samples: by which the lag grows there; negative where some are missing in the output
    """

    seconds: float
    samples: int

    def __str__(self) -> str:
        count = abs(self.samples)
        what = "missing" if self.samples < 0 else "too many"
        return f"{samples(count)} {'is' if count == 1 else 'are'} {what} at {self.seconds:.1f} s"


@dataclass(frozen=True)
class Delay:
    """
    The delay of an output behind its input.

    :param delay: in samples, the largest one at which nothing has to be foreseen; negative where the output leads
    :param confidence: 0 to 1: how often such an estimate is right, that is, at 48 kHz, at most 2 samples late and 10
        early
    :param inverted: whether the output is inverted, judged by the tallest peak of the correlation
    :param drift_ppm: samples by which the lag grows per million, positive where the output's clock runs fast;
        None where the recording is too short or too unclear to tell, or slips
    :param slips: where samples are missing, or too many
    :param kind: ``"found"``; ``"leads"`` where the output leads for no reason that shows; ``"exchanged"`` where the
        output seems to be the input; ``"strangers"`` where they have nothing in common; ``"unclear"``; ``"silent"``
    :param sample_rate: in Hz
    :param sentence: what was found, or why nothing was
    :param remedy: what to do about it
    :param certain: whether strangers and exchanged recordings are such beyond doubt
    :param course: how the lag runs over the recording
    :param begins: where the response begins, in samples after the course
    """

    delay: int
    confidence: float
    inverted: bool
    drift_ppm: float | None
    slips: tuple[Slip, ...]
    kind: Kind
    sample_rate: float
    sentence: str
    remedy: str = ""
    certain: bool = True
    course: Course = field(default=Course(0.0, 0.0), repr=False)
    begins: int = field(default=0, repr=False)

    @property
    def polarity(self) -> Literal[1, -1]:
        """-1 where the output is inverted."""
        return -1 if self.inverted else 1

    @property
    def drifts(self) -> bool:
        """Whether the clocks of both recordings differ."""
        return self.course.slope != 0

    @property
    def trusted(self) -> bool:
        """Whether the delay may be used."""
        return self.kind in ("found", "leads") and self.confidence >= ENOUGH

    @property
    def milliseconds(self) -> float:
        """The delay."""
        return self.delay / self.sample_rate * 1000

    def delay_at(self, position: float) -> int:
        """Return the delay at a sample of the input."""
        return self.course.lag_at(position) + self.begins

    def within(self, start: int, stop: int) -> int:
        """Return the delay of a part of the input, which is another one where the lag drifts or jumps."""
        return round(self.course.lowest(start, stop)) + self.begins

    def require(self) -> Delay:
        """
        Return the delay itself.

        :raises DataError: when it cannot be trusted, with what to do
        """
        if not self.trusted:
            raise DataError(f"the delay cannot be found: {self.sentence}; {self.remedy}")
        return self
