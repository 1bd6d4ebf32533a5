"""
The setting at which a net sounds like a recording.

The error over the settings has no gradient that could be trusted far from its minimum, and few dimensions; so it is
looked at on a coarse grid, and then along each knob in turn by golden sections (Kiefer, 1953) around the best. The
level is free, unless the caller wants it to count.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from nam_kernel import BaseNet, Condition, accelerate
from nam_kernel.errors import DataError
from nam_kernel.interfaces import Forward
from nam_plugin_parametric.settings import Setting, knobs_of, told
from nam_plugin_wav import estimate_delay, read_audio

MOST_COARSE, ROUNDS, SECTIONS = 200, 2, 10
"""Settings that are looked at first; times that each knob is looked at alone then; sections of what is left."""

LONGEST = 6.0
"""Seconds that are compared: the loudest of a recording."""

_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True)
class Found:
    """
    A setting that was found.

    :param values: one for each condition, in the net's order
    :param esr: there
    :param level: of the recording over that of the net, in dB
    """

    setting: Setting
    values: tuple[float, ...]
    esr: float
    level: float


def setting_like(net: BaseNet, take: Path, di: Path, fixed: Mapping[str, float | str]) -> Found:
    """
    Return the setting at which a net makes of a DI what was recorded.

    :param fixed: knobs that stay where they are
    :raises DataError: when the recordings cannot be used with this net
    """
    knobs = knobs_of(net, "the model")
    recorded, played = read_audio(take), read_audio(di)
    rate = net.sample_rate or recorded.sample_rate
    for path, audio in ((take, recorded), (di, played)):
        if audio.sample_rate != rate:
            raise DataError(f"{path} has {audio.sample_rate:g} Hz, and the model {rate:g}; convert the recording")
    x, y = played.samples, recorded.samples
    delay = estimate_delay(x, y, rate).delay
    x, y = (x, y[delay:]) if delay >= 0 else (x[-delay:], y)
    length = min(len(x), len(y))
    return closest(
        net,
        torch.from_numpy(x[:length]),
        torch.from_numpy(y[:length]),
        free=set(knobs) - set(fixed),
        start=net.settings(fixed),
    )


def closest(
    net: BaseNet,
    x: Tensor,
    y: Tensor,
    *,
    free: set[str] | None = None,
    start: tuple[float, ...] | None = None,
    level_is_free: bool = True,
) -> Found:
    """
    Return the setting at which a net makes ``y`` of ``x``.

    :param x: (L,)
    :param y: (L,), aligned with it
    :param free: the names of the knobs that may move; all by default
    :param start: one value for each condition
    :param level_is_free: compare at the best level
    """
    x, y = loudest(x.float(), y.float(), round(LONGEST * (net.sample_rate or 48000.0)), net.receptive_field)
    conditions = net.conditions or ()
    names = [c.name or str(i) for i, c in enumerate(conditions, 1)]
    error = _error(net, accelerate(net.eval()), x, y, level_is_free=level_is_free)
    best = list(start or net.settings())
    moving = [i for i, name in enumerate(names) if free is None or name in free]
    if moving:
        points = coarse([conditions[i] for i in moving])
        tried = [[next(p) if i in moving else v for i, v in enumerate(best)] for p in map(iter, points)]
        best = min(tried, key=lambda setting: error(setting)[0])
    lowest = error(best)[0]
    for _ in range(ROUNDS if len(moving) > 1 else 1):
        for i in moving:
            value, found = _along(conditions[i], best[i], partial(_with, error, best, i))
            if found <= lowest:
                best[i], lowest = value, found
    esr, level = error(best)
    return Found(told(net, dict(zip(names, best, strict=True))), tuple(best), esr, level)


def coarse(knobs: Sequence[Condition], most: int = MOST_COARSE) -> list[tuple[float, ...]]:
    """Return a grid over all of the knobs, as fine as so many points allow, and every position of a switch."""
    for count in (9, 7, 5, 4, 3, 2, 1):
        axes = [_places(knob, count) for knob in knobs]
        if math.prod(map(len, axes)) <= most or count == 1:
            break
    return list(itertools.product(*axes))[:most]


def _places(knob: Condition, count: int) -> list[float]:
    if knob.choices:
        return [float(i) for i in range(len(knob.choices))]
    to, back = _warp(knob)
    low, high = to(knob.low), to(knob.high)
    inner = [0.5] if count == 1 else [i / (count - 1) for i in range(count)]
    return [min(max(back(low + share * (high - low)), knob.low), knob.high) for share in inner]


def _with(error: Callable[[list[float]], tuple[float, float]], setting: list[float], i: int, value: float) -> float:
    """Return the ESR with one knob at another value."""
    return error([*setting[:i], value, *setting[i + 1 :]])[0]


def loudest(x: Tensor, y: Tensor, length: int, history: int) -> tuple[Tensor, Tensor]:
    """Return the loudest stretch of two signals, with the history that a net needs before it."""
    if len(y) <= length + history:
        return x, y
    energy = torch.cat((y.new_zeros(1, dtype=torch.float64), y.double().square().cumsum(0)))
    starts = torch.arange(history, len(y) - length, max(length // 16, 1))
    at = int(starts[(energy[starts + length] - energy[starts]).argmax()]) - history
    return x[at : at + length + history], y[at : at + length + history]


def _error(
    net: BaseNet, forward: Forward, x: Tensor, y: Tensor, *, level_is_free: bool
) -> Callable[[list[float]], tuple[float, float]]:
    """Return a function from a setting to the ESR, and the level in dB."""
    skipped = min(net.receptive_field - 1, len(y) // 2)
    target = y[skipped:].double()
    power = max(float(target.square().sum()), 1e-12)

    def error(setting: list[float]) -> tuple[float, float]:
        with torch.no_grad():
            played = net.render(x, *setting, forward=forward)[skipped:].double()
        own = max(float(played.square().sum()), 1e-12)
        factor = max(float((played * target).sum()) / own, 1e-6)
        used = factor if level_is_free else 1.0
        return float((target - used * played).square().sum()) / power, 20 * math.log10(factor)

    return error


def _along(knob: Condition, now: float, error: Callable[[float], float]) -> tuple[float, float]:
    """Return the best value of a knob near the one it has, or of all positions of a switch, and the error there."""
    if knob.choices:
        tried = {float(i): error(float(i)) for i in range(len(knob.choices))}
        best = min(tried, key=lambda value: tried[value])
        return best, tried[best]
    to, back = _warp(knob)
    low, high = to(knob.low), to(knob.high)
    centre, step = to(now), (high - low) / 4
    a, b = max(low, centre - step), min(high, centre + step)
    places = {place: error(back(place)) for place in (a, centre, b)}
    c, d = b - _GOLDEN * (b - a), a + _GOLDEN * (b - a)
    for _ in range(SECTIONS):
        places |= {place: error(back(place)) for place in (c, d) if place not in places}
        if places[c] <= places[d]:
            b, c, d = d, d - _GOLDEN * (d - a), c
        else:
            a, c, d = c, d, c + _GOLDEN * (b - c)
    best = min(places, key=lambda place: places[place])
    return min(max(back(best), knob.low), knob.high), places[best]


def _warp(knob: Condition) -> tuple[Callable[[float], float], Callable[[float], float]]:
    return (math.log, math.exp) if knob.curve == "log" else (float, float)
