"""Judge whether an output belongs to its input at all, and whether the two are not exchanged."""

from __future__ import annotations

import numpy as np

from nam_plugin_wav.alignment import Alignment
from nam_plugin_wav.response import Floats, Signal

_FEWEST_PLACES = 4
_STRANGE = ((0.4, 0.35, 12.0), (0.5, 0.2, 7.0))
"""The agreement, distinctness and height of the response up to which nothing of the input is found in the output."""

_FRAME_SECONDS = 0.02
_ALIKE = 0.997
"""Of an output that answers only the magnitude of its input: it has all of its dynamics, and no linear part."""

_FRONT_SECONDS, _SIDE_SECONDS, _FAR_SECONDS = 0.000125, 0.003, 0.03
_DUST = 1e-3
_NATS = 6.0


def are_strangers(x: Signal, y: Signal, sample_rate: float, found: Alignment) -> bool:
    """
    Return whether two recordings have nothing in common: no delay is found twice, and no dynamics are alike.

    Too few places to tell are no strangers.
    """
    seen = (found.agreement, found.distinctness, found.onset.height)
    unlike = len(found.sightings) >= _FEWEST_PLACES and any(np.less_equal(seen, most).all() for most in _STRANGE)
    return unlike and likeness_of_dynamics(x, y, sample_rate) < _ALIKE


def direction(found: Alignment, sample_rate: float) -> float:
    """
    Return how far a response dies away after it began, positive, or grows until it ends, negative; in nats, 6 at most.

    A response begins at once and dies away; that of an input to its output does the opposite.
    """
    power = found.response**2
    middle = len(power) // 2
    front, side, far = (max(round(s * sample_rate), 1) for s in (_FRONT_SECONDS, _SIDE_SECONDS, _FAR_SECONDS))
    peak = max(middle + found.onset.peak, side)
    noise = float(np.median(np.concatenate([power[: max(middle - far, 1)], power[middle + far :]]))) / 0.455
    # What is far below the peak tells nothing: all that is left of a filter of minimum phase is a single sample.
    noise = max(noise, _DUST * float(power[peak]))
    after = power[peak + front : peak + side] - noise
    before = power[max(peak - side, 0) : peak - front + 1] - noise
    sides = np.log((max(float(after.sum()), 0.0) + 3 * noise) / (max(float(before.sum()), 0.0) + 3 * noise))
    return float(np.clip(sides, -_NATS, _NATS))


def crest(samples: Signal) -> float:
    """Return the peak over the RMS, in dB."""
    centred = samples - samples.mean()
    return 20 * float(np.log10(np.abs(centred).max() / centred.std()))


def likeness_of_dynamics(x: Signal, y: Signal, sample_rate: float) -> float:
    """Return the largest correlation of the levels of both, at any lag of up to a third of them."""
    frame = max(round(_FRAME_SECONDS * sample_rate), 1)
    count = min(len(x), len(y)) // frame
    if count < 8:
        return 0.0
    levels: list[Floats] = []
    for samples in (x, y):
        power = np.square(samples[: count * frame], dtype=np.float64).reshape(count, frame).mean(axis=1)
        level = np.log(power + 1e-9 * power.max())
        levels.append((level - level.mean()) / (level.std() + 1e-12))
    likeness = np.correlate(levels[1], levels[0], "full")[count - 1 - count // 3 : count + count // 3]
    return float(likeness.max()) / count
