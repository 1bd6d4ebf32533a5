"""
Find the delay between two recordings of one performance, whatever was played.

The delay is the largest one that leaves the output nothing to foresee: where the amplifier's response begins, and never
the peak of the correlation, which its own filters put later. No margin is taken off.

1. Some lively places of the input are sought in the output (``sightings``); those that agree give the lag and how it
   runs over the recording (``course``): steadily, drifting, or with slips.
2. Around that lag the whitened response is estimated (``response``), and its beginning is the delay (``onset``).
3. Where the input leaves digital silence, the output cannot answer earlier than it does there (``answers``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nam_plugin_wav.answers import first_answer
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

_COARSE_SECONDS = 0.002
_FINE_SECONDS = 0.0001
_PLACE_SECONDS = 0.5
_WINDOW_SECONDS = 0.001
_CONTRAST = 6.0


@dataclass(frozen=True)
class Alignment:
    """
    Everything that was measured between two recordings.

    :param sightings: of the input's places in the output
    :param course: of the lag
    :param agreement: the share of the places that lie on it
    :param response: whitened, with the course taken out, (N,)
    :param onset: of it
    :param begins: where it begins, in samples after the course; not after what follows digital silence
    """

    sightings: tuple[Sighting, ...]
    course: Course
    agreement: float
    distinctness: float
    inverted: bool
    response: Floats
    onset: Onset
    begins: int
