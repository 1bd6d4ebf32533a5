"""
Train at a usual level what was recorded at an unusual one; the kernel undoes it in what the run exports.

A net begins with outputs of about the usual level, and an optimizer's steps are of a fixed size, so that a recording at
-50 dBFS is learned much worse than the same one at -20 dBFS.
"""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING

from nam_kernel import Finding
from nam_kernel.errors import UserError
from nam_kernel.interfaces import flatten, plain
from nam_plugin_wav.dataset import WavDataset
from nam_plugin_wav.inspection import audio_pairs
from nam_plugin_wav.levels import LOUDEST_DB, QUIETEST_DB, decibels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nam_kernel.run import Prepared

LOWEST_DB, HIGHEST_DB = -32.0, -3.0
"""The RMS levels between which outputs are trained as they are, in dB relative to full scale."""

USUAL_DB = -18.0
"""The RMS level to which others are brought."""


def bring_to_usual_level(run: Prepared) -> None:
    """Scale the outputs of audio pairs, as ``train_at_usual_level`` does."""
    pairs = audio_pairs(run.train)
    if len(pairs) != len(flatten(run.train)) or not all(isinstance(plain(d), WavDataset) for d in _held_out(run)):
        return
    where = pairs[0].title if len(pairs) == 1 else "the training data"
    train_at_usual_level(run, decibels(rms_of(pairs)), where)


def train_at_usual_level(run: Prepared, level: float, where: str) -> None:
    """
    Scale the outputs of a run whose level is far from the usual one, with a note.

    A net that cannot be scaled back is trained at the level of the recordings, with a warning.

    :param level: of all outputs together, RMS in dB relative to full scale
    :param where: what messages call them
    """
    if LOWEST_DB <= level <= HIGHEST_DB or not QUIETEST_DB < level < LOUDEST_DB:
        return
    told = f"the outputs have a level of {level:.1f} dBFS RMS, which is {'low' if level < LOWEST_DB else 'high'}"
    try:
        copy.deepcopy(run.net).scale_output(1.0)
    except UserError:
        told += f"; a {run.net.architecture} cannot be scaled, so it is trained as it is, and learns less than it could"
        remedy = f"bring the output to about {USUAL_DB:.0f} dBFS RMS (y_scale)"
        run.findings.append(Finding("warning", where, told, remedy, kind="usual_level"))
        return
    run.scale_output(10 ** ((USUAL_DB - level) / 20))
    told += f"; the net is trained at {USUAL_DB:.0f} dBFS, and its files are scaled back to the level of the recordings"
    run.findings.append(Finding("note", where, told, kind="usual_level", facts={"level": level}))


def rms_of(pairs: Sequence[WavDataset]) -> float:
    """Return the RMS of all outputs together, as they are trained."""
    count = sum(len(pair.y) for pair in pairs)
    square = sum(len(pair.y) * (pair.levels("y").rms * pair.y_factor) ** 2 for pair in pairs)
    return math.sqrt(square / count) if count else 0.0


def _held_out(run: Prepared) -> Sequence[object]:
    return flatten(run.validation)
