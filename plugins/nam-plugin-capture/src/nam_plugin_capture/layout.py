"""How the signal of the command ``signal`` is laid out, and how it is recognised in a recording, by its clicks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

CLICKS = (0.0, 0.05, 0.2, 0.45, 0.75, 1.1, 1.6, 1.7)
"""
Seconds of the clicks after the first: a Golomb ruler of eight marks (0, 1, 4, 9, 15, 22, 32, 34 in steps of 0.05 s),
so that no other shift matches more than one of them.
"""

FIRST_CLICK = 0.5
"""Seconds of silence before the clicks."""

VALIDATION = (3.0, 15.0)
"""From when to when the signal is held out, in seconds; half a second of silence is before and after it."""

TRAINING = 15.5
"""From when on it is trained, to its end."""

Part = tuple[int, int]
"""From one sample to another."""

_BIN_SECONDS = 0.002
_SOUGHT_SECONDS = 30.0
_PROMINENCE = 4.0
"""By how much the weakest click has to exceed the gaps; no click exceeds another one by more."""

_QUIET = 0.7
"""The share of the gaps that have to be quiet: a response that rings on may fill the others."""


@dataclass(frozen=True)
class Parts:
    """
    How a signal that was made to record with is split, as its makers meant.

    :param train: the samples that are trained
    :param validation: those that are held out
    :param silence: whether silence comes before them
    :param told: the same in words
    """

    train: Part
    validation: Part
    silence: bool
    told: str


@dataclass(frozen=True)
class Mark:
    """
    Where in a recording the signal is.

    :param start: the sample of the recording at which the signal begins; negative where its beginning was cut off
    """

    start: int

    def at(self, seconds: float, sample_rate: int) -> int:
        """Return the sample of the recording for a time of the signal."""
        return self.start + round(seconds * sample_rate)

    @property
    def title(self) -> str:
        """What the signal is."""
        return "the one that 'nam-kernel signal' writes"

    def parts(self, length: int, sample_rate: int) -> Parts | None:
        """
        Return how a recording is split that begins with the signal; None where too little of it is there.

        :param length: that the DI and the recording have, in samples
        """
        start, stop = (self.at(edge, sample_rate) for edge in VALIDATION)
        train = self.at(TRAINING, sample_rate)
        if start < 0 or length - train < (stop - start) // 2:
            return None
        told = "the signal's own: its first notes are held out, which are not played again"
        return Parts((train, length), (start, stop), start > 0, told)


def find_mark(samples: npt.ArrayLike, sample_rate: int) -> Mark | None:
    """
    Return where the signal begins in a recording, at whatever level and through whatever amplifier; None if nowhere.

    The clicks are the only sounds of the first seconds: each is far above the gaps between them.

    :param samples: (L,)
    :param sample_rate: in Hz
    """
    size = round(_BIN_SECONDS * sample_rate)
    heard = np.abs(np.asarray(samples)[: round(_SOUGHT_SECONDS * sample_rate)])
    level = heard[: len(heard) // size * size].reshape(-1, size).max(axis=1)
    places = np.array([round(step * sample_rate / size) for step in CLICKS])
    gaps = (places[:-1] + places[1:]) // 2
    starts = np.arange(1, len(level) - places[-1] - 1)
    if not len(starts):
        return None
    # Where a click falls onto the edge of two bins, the next one may have more of it.
    clicks = np.maximum(level[starts[:, None] + places], level[starts[:, None] + places + 1])
    weakest = clicks.min(axis=1)
    quiet = np.quantile(level[starts[:, None] + gaps], _QUIET, axis=1)
    even = clicks.max(axis=1) <= _PROMINENCE * weakest
    prominence = np.where(even, weakest / np.maximum(quiet, 1e-6), 0.0)
    best = int(np.argmax(prominence))
    if prominence[best] < _PROMINENCE:
        return None
    around = slice(int(starts[best]) * size, (int(starts[best]) + 2) * size)
    first = around.start + int(np.argmax(heard[around]))
    return Mark(first - round(FIRST_CLICK * sample_rate))
