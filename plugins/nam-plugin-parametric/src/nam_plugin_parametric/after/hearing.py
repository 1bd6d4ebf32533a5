"""Players to hear one riff along a knob: the model, the nearest capture, the crossfade of the two nearest."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from torch import Tensor

from nam_kernel import BaseNet, accelerate
from nam_kernel.text import printable
from nam_plugin_parametric.after.curves import Curve, Measured
from nam_plugin_parametric.after.excerpts import play, rate_of
from nam_plugin_parametric.after.neighbours import nearest_pair, place_of, points, value_at
from nam_plugin_report import Player, common_gain, peak, wav_bytes

MOST = 10.0
"""The factor by which a quiet sound is made louder, at most, for listeners who compare at one level."""

Signal = npt.NDArray[np.float64]


def players_of(net: BaseNet, one: Curve, captures: Sequence[Measured]) -> tuple[Player, ...]:
    """
    Return players for both ends of a knob, and for the place where the net has to invent most.

    :param captures: of the run; those on the curve are compared with
    """
    if not captures:
        return ()
    places = list(dict.fromkeys((one.values[0], between_captures(one), one.values[-1])))
    if one.condition.choices:
        places = list(one.values)
    heard: list[tuple[str, str, Signal]] = []
    for value in places:
        heard += _at(net, one, value)
    usual, rate = max(_rms(signal) for _, _, signal in heard), rate_of(net)
    matched = [min(usual / _rms(signal), MOST) if _rms(signal) > 0 else 1.0 for _, _, signal in heard]
    gain = common_gain(max(max(1.0, m) * peak(signal) for m, (_, _, signal) in zip(matched, heard, strict=True)))
    return tuple(
        Player(title, wav_bytes(gain * signal, rate), explanation, m)
        for m, (title, explanation, signal) in zip(matched, heard, strict=True)
    )


def between_captures(one: Curve) -> float:
    """Return the unseen capture's value in the middle of a knob; without one the middle of the widest gap."""
    unseen = [m.excerpt.values[one.k] for m in one.on_it if m.is_unseen]
    if unseen:
        return min(unseen, key=lambda value: abs(place_of(one.condition, value) - 0.5))
    seen = sorted({place_of(one.condition, m.excerpt.values[one.k]) for m in one.on_it} | {0.0, 1.0})
    width, begin = max((b - a, a) for a, b in itertools.pairwise(seen))
    return value_at(one.condition, begin + width / 2)


def lies_between(value: float, one: Curve, known: Sequence[Measured]) -> bool:
    """Return whether there are captures on both sides of a value."""
    values = [m.excerpt.values[one.k] for m in known]
    return bool(values) and min(values) < value < max(values)


def crossfade_at(one: Curve, value: float, known: Sequence[Measured]) -> tuple[Tensor, Tensor, Measured] | None:
    """
    Return the crossfade of the two captures beside a value, the nearest capture's sound, and that capture.

    The crossfade is as loud as its captures are, in dB between them, which the sum of two sounds is not.

    :return: None where there is no capture
    """
    if not known:
        return None
    conditions = (one.condition,)
    at = points([(value,)], conditions)[0]
    a, b, share = nearest_pair(at, points([(m.excerpt.values[one.k],) for m in known], conditions))
    sounds = [known[i].excerpt.target for i in (a, b)]
    mixed = (1 - share) * sounds[0] + share * sounds[1]
    wanted = math.exp((1 - share) * math.log(_norm(sounds[0])) + share * math.log(_norm(sounds[1])))
    near = a if share <= 0.5 else b
    return mixed * (wanted / _norm(mixed)), known[near].excerpt.target, known[near]


def _at(net: BaseNet, one: Curve, value: float) -> list[tuple[str, str, Signal]]:
    """Return title, explanation and sound of everything that is heard at one value."""
    name = one.condition.choices[round(value)] if one.condition.choices else f"{value:.4g}"
    label = printable(f"{one.condition.name or one.k + 1} {name}")
    example = one.on_it[0].excerpt if one.on_it else None
    if example is None:
        i = min(range(len(one.values)), key=lambda i: abs(one.values[i] - value))
        return [(f"Model, {label}", "what the net plays there", _array(one.sounds[i]))]
    setting = [*one.base[: one.k], value, *one.base[one.k + 1 :]]
    model = play(net, accelerate(net), example.x, setting, example.skipped)
    heard = [(f"Model, {label}", "what the net plays there", _array(model))]
    there = next((m for m in one.on_it if m.excerpt.values[one.k] == value), None)
    if there is not None:
        seen = "never seen in the training" if there.is_unseen else "as it was trained"
        heard.append((f"Recording, {label}", f"{printable(there.excerpt.name)}, {seen}", _array(there.excerpt.target)))
    known = [m for m in one.on_it if not m.is_unseen and m is not there]
    found = None if one.condition.choices or not lies_between(value, one, known) else crossfade_at(one, value, known)
    if found is not None:
        mixed, near, nearest = found
        of = printable(nearest.excerpt.name)
        heard.append((f"Nearest other capture, {label}", f"{of}: what one model would be", _array(near)))
        heard.append((f"Crossfade, {label}", "of the two nearest other captures, at their level", _array(mixed)))
    return heard


def _array(sound: Tensor) -> Signal:
    return np.asarray(sound.double().numpy())


def _norm(sound: Tensor) -> float:
    return max(float(sound.double().norm()), 1e-12)


def _rms(signal: Signal) -> float:
    return float(np.sqrt(np.mean(signal**2)))
