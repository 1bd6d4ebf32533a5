"""Which of two models is better, in words and in figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nam_kernel.quality import band_of
from nam_plugin_export.playing import Signal
from nam_plugin_export.takes import Take
from nam_plugin_report import Comparison, compare

SAME = 0.5
"""dB between two errors that is too little to prefer one: an eighth of the error."""


@dataclass(frozen=True)
class Verdict:
    """
    How two models compare to what both are to sound like.

    :param a, b: each against the target
    :param seconds: how many there are
    :param seconds_of_a: in how many of them the first is the closer one
    """

    a: Comparison
    b: Comparison
    seconds: int
    seconds_of_a: int

    @property
    def gain_db(self) -> float:
        """By how many dB the error of the first is lower than that of the second."""
        return float(10 * np.log10(_bounded(self.b.esr) / _bounded(self.a.esr)))

    @property
    def closer(self) -> Literal["a", "b"] | None:
        """Which one is better; None when it makes no difference."""
        if abs(self.gain_db) < SAME:
            return None
        return "a" if self.gain_db > 0 else "b"

    @property
    def word(self) -> str:
        """What came out, in a few words."""
        return {"a": "A is better", "b": "B is better", None: "Neither is better"}[self.closer]

    def sentences(self) -> list[str]:
        """Return what came out, in sentences."""
        sides = (("A", self.a), ("B", self.b))
        told = " and ".join(f"{name} is {_word(side.esr)} (ESR {side.esr:.2g})" for name, side in sides)
        better, other = ("A", "B") if self.closer == "a" else ("B", "A")
        count = self.seconds_of_a if better == "A" else self.seconds - self.seconds_of_a
        if self.closer is None:
            summary = f"Their errors differ by {abs(self.gain_db):.1f} dB, too little to say which is better."
        else:
            lower = f"The error of {better} is {abs(self.gain_db):.1f} dB lower than that of {other}"
            summary = f"{lower}; {better} is closer in {count} of {self.seconds} second{'s' * (self.seconds != 1)}."
        return [f"Against the recording, {told}.", summary]


def verdict_of(take: Take) -> Verdict | None:
    """
    Return which side is closer to the target; None where there is no target.

    :raises ValueError: when the target is silent
    """
    if take.target is None:
        return None
    errors = [_by_second(take.target - side, take.rate) for side in (take.a, take.b)]
    a, b = (compare(side, take.target, take.rate) for side in (take.a, take.b))
    return Verdict(a, b, len(errors[0]), int(np.sum(errors[0] < errors[1])))


def _by_second(error: Signal, rate: float) -> Signal:
    """Return the energy in each second; what is left over at the end counts to the last one."""
    second = max(1, round(rate))
    starts = np.arange(0, max(1, len(error) // second)) * second
    return np.asarray(np.add.reduceat(error**2, starts))


def _bounded(esr: float) -> float:
    """Return an error that can be divided by; what is not a number is as bad as can be."""
    return float(np.clip(esr, 1e-20, 1e20)) if np.isfinite(esr) else 1e20


def _word(esr: float) -> str:
    band = band_of(esr)
    return band.word if band else "not a signal"
