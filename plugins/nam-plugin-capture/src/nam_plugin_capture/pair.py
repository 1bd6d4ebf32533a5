"""Analyse a pair of recordings: do they belong together, how are they aligned, and may a model be made of them?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nam_kernel.errors import DataError
from nam_plugin_capture.layout import Mark, find_mark
from nam_plugin_capture.recognition import Recognised, recognise
from nam_plugin_capture.recordings import Recordings, Samples
from nam_plugin_wav import Delay, estimate_delay

LISTENED_SECONDS = 600
"""The part of longer recordings in which the delay is sought."""

_AUDIBLE = 10 ** (-80 / 20)
"""A recording whose peak is below this is silent: nothing but the noise of a converter."""

_REACH_SECONDS, _BEYOND_SECONDS = 2.0, 0.5


@dataclass(frozen=True)
class Analysis:
    """
    What is known of a pair of recordings.

    :param delay: what was found between them
    :param written: the delay that the user stated, in samples
    :param mark: the signal that the DI is: the one that the command ``signal`` writes, an older standard one, or None
    :param refusal: why no model should be made of them, empty where nothing speaks against it
    """

    recordings: Recordings
    delay: Delay
    written: int | None = None
    mark: Mark | Recognised | None = None
    refusal: str = ""

    @property
    def samples(self) -> int:
        """The delay to train with: the one that was stated, or found; 0 where nothing was."""
        if self.written is not None:
            return self.written
        return self.delay.delay if self.delay.kind not in ("strangers", "unclear", "silent") else 0

    def rows(self) -> list[tuple[str, str]]:
        """Return what was found, as rows (label, value) for people."""
        found, rate = self.recordings, self.recordings.sample_rate
        delay = f"{self.samples} samples ({1000 * self.samples / rate:.2f} ms), "
        delay += "as you wrote" if self.written is not None else f"confidence {self.delay.confidence:.2f}"
        lengths = f"{len(found.x) / rate:.1f} s and {len(found.y) / rate:.1f} s"
        return [
            ("DI", f"{found.x_path.name}, {_levels(found.x)}"),
            ("amplifier", f"{found.y_path.name}, {_levels(found.y)}"),
            ("length", lengths if len(found.x) != len(found.y) else f"{found.seconds:.1f} s"),
            ("sample rate", f"{rate} Hz"),
            ("delay", delay),
            ("polarity", "inverted, which the model keeps" if self.delay.inverted else "the same"),
            *([("signal", self.mark.title)] if self.mark else []),
            *self._takes(),
        ]

    def _takes(self) -> list[tuple[str, str]]:
        """Return how much the two takes of a standard signal that plays its validation twice differ."""
        if not isinstance(self.mark, Recognised):
            return []
        error = self.mark.self_error(self.recordings.y, self.samples)
        return [] if error is None else [("two takes", f"of the same differ by an ESR of {error:.2g}")]

    def require(self) -> Analysis:
        """
        Return the analysis itself.

        :raises DataError: when no model should be made of the recordings, with what to do
        """
        if self.refusal:
            raise DataError(self.refusal)
        return self


def analyse(recordings: Recordings, *, delay: int | None = None, mark: Mark | Recognised | None = None) -> Analysis:
    """
    Return what is known of a pair of recordings; a pair that is refused too.

    :param delay: in samples, as the user states it
    :param mark: of the DI, where it was looked for already
    """
    most = LISTENED_SECONDS * recordings.sample_rate
    x, y = recordings.x[:most], recordings.y[:most]
    silent = next((name for name, samples in _named(recordings) if _peak(samples) < _AUDIBLE), None)
    if silent is not None:
        told = f"{silent} is silent, so there is nothing to learn from it"
        found = Delay(0, 0.0, False, None, (), "silent", recordings.sample_rate, told)
        return Analysis(recordings, found, delay, None, f"{told}; check the file, its channel, and the track's mute")
    reach = max(_REACH_SECONDS, abs(delay or 0) / recordings.sample_rate + _BEYOND_SECONDS)
    found = estimate_delay(x, y, recordings.sample_rate, max_delay_seconds=min(reach, recordings.seconds / 2))
    rate = recordings.sample_rate
    mark = mark or find_mark(x, rate) or recognise(recordings.x, rate, recordings.x_path)
    signal = None if mark else recognise(recordings.y, rate, recordings.y_path)
    return Analysis(recordings, found, delay, mark, _refusal(recordings, found, delay, signal))


def _refusal(recordings: Recordings, found: Delay, written: int | None, signal: Recognised | None) -> str:
    """
    Return why no model should be made of a pair, or nothing.

    :param signal: the standard signal that what should be the recording is
    """
    x, y = recordings.x_path.name, recordings.y_path.name
    if signal is not None:
        return (
            f"{x} and {y} seem to be exchanged: {y} is {signal.title}; name it first, and the recording of the "
            "amplifier second (or go on with --anyway)"
        )
    if found.kind == "exchanged":
        return (
            f"{x} and {y} seem to be exchanged: {x} sounds like the amplifier, and {y} like the dry guitar; name the "
            "DI first and the amplifier second (or go on with --anyway)"
        )
    if found.kind == "strangers":
        return (
            f"{x} and {y} do not belong together: nothing that is played in one is found in the other; check that "
            "both are of the same take (or go on with --anyway)"
        )
    if found.kind == "unclear" and written is None:
        return (
            f"the delay between {x} and {y} cannot be found: {found.sentence}; check that both are of the same take, "
            "or state it with --delay N, in samples (or go on with --anyway, which takes 0)"
        )
    return ""


def _named(recordings: Recordings) -> list[tuple[str, Samples]]:
    return [(recordings.x_path.name, recordings.x), (recordings.y_path.name, recordings.y)]


def _peak(samples: Samples) -> float:
    return float(np.abs(samples).max())


def _levels(samples: Samples) -> str:
    peak, rms = _peak(samples), math.sqrt(float(np.mean(np.square(samples, dtype=np.float64))))
    return f"peak {_decibels(peak):.1f} dBFS, RMS {_decibels(rms):.1f} dBFS"


def _decibels(ratio: float) -> float:
    return 20 * math.log10(max(ratio, 1e-12))
