"""
What an error-to-signal ratio (ESR) sounds like, in words that a guitarist understands.

The ESR, error power over signal power, is the one measure of quality that the kernel knows.
"""

import math
from typing import NamedTuple

ESR = "ESR"
"""The name of the metric."""

GOOD = 0.01
"""The ESR from which on no advice is needed."""


class Band(NamedTuple):
    """A range of the error-to-signal ratio, up to ``limit``: its word, and what it means to a player."""

    limit: float
    word: str
    meaning: str


BANDS = (
    Band(0.001, "practically identical", "you would not tell the two apart, even one after the other"),
    Band(0.01, "very close", "the same sound; a careful listener may find the difference"),
    Band(0.03, "close", "clearly the same gear; some bite or some decay differs"),
    Band(0.1, "similar", "the character is there, and so is an audible difference"),
    Band(0.5, "rough", "it resembles the original; train for longer, or check the recordings"),
    Band(math.inf, "not a match", "something went wrong; are the two recordings aligned, and of the same playing?"),
)
"""From -30 dB (0.001) over -20 dB (0.01) to -3 dB (0.5). At 1, silence would have done as well."""


def band_of(esr: float) -> Band | None:
    """Return the band of an ESR, or None when it is not a number."""
    return next((band for band in BANDS if esr <= band.limit), None)
