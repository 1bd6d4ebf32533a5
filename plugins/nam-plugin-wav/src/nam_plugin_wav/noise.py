"""Estimate the noise of an output from the stretches in which its input is silent."""

from __future__ import annotations

import numpy as np

from nam_plugin_wav.levels import FRAME_SECONDS, Levels

SILENT = 10 ** (-90 / 20)
"""A frame of the input whose peak is below this is silent."""

DECAY_SECONDS = 0.3
"""How long an amplifier and its cabinet may ring after the input fell silent."""

BAD_ESR = 1e-3
"""The lowest ESR that a model can reach above which the noise is a fault."""

_FEWEST_FRAMES = 10

_OUTLYING = 8.0
"""Frames of so many times the median power hold a click, or what still rings."""


def noise_power(x: Levels, y: Levels) -> float | None:
    """
    Return the power of the noise in the output.

    The first 0.3 s of every silent stretch are left to the decay of what was played; of the rest the mean counts,
    without its offset from zero, and without clicks.

    :return: mean square, or None where the input is never silent for long enough
    """
    quiet = x.frame_peak < SILENT
    decay = round(DECAY_SECONDS / FRAME_SECONDS)
    # A frame counts when it and the ones before it, as long as the decay, are all silent.
    index = np.arange(len(quiet))
    run = index - np.maximum.accumulate(np.where(quiet, -1, index))
    settled = run > decay
    if np.count_nonzero(settled) < _FEWEST_FRAMES:
        return None
    # A constant is no noise: a net can learn it. Around it, the mean square is E[y^2] - 2 c E[y] + c^2.
    constant = float(np.median(y.frame_mean[settled]))
    around = y.frame_power[settled] - 2 * constant * y.frame_mean[settled] + constant**2
    usual = around[around <= _OUTLYING * np.median(around)]
    return max(float(usual.mean() if len(usual) else np.median(around)), 0.0)


def lowest_esr(noise: float, y: Levels) -> float:
    """
    Return the error-to-signal ratio below which no model comes.

    The best model answers with everything but the noise n. Its error is then the power of n, over that of the output,
    which has both in it, so the ratio is 1 at most.

    :param noise: the power of the noise
    """
    return min(noise / y.rms**2, 1.0)
