"""
The setting at which a net sounds like a recording.

The error over the settings has no gradient that could be trusted far from its minimum, and few dimensions; so it is
looked at on a coarse grid along each knob in turn, and then by golden sections (Kiefer, 1953) around the best. The
level is free, unless the caller wants it to count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
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

COARSE, ROUNDS, SECTIONS = 9, 2, 8
"""Values of a knob that are looked at first; times that all knobs are; halvings, about, of what is left."""

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
    names = [c.name or str(i) for i, c in enumerate(net.conditions or (), 1)]
    forward = accelerate(net.eval())
    best = list(start or net.settings())
    error = _error(net, forward, x, y, level_is_free=level_is_free)
    moving = [i for i, name in enumerate(names) if free is None or name in free]
    lowest = error(best)[0]
    for turn in range(ROUNDS if len(moving) > 1 else 1):
        for i in moving:
            knob = (net.conditions or ())[i]
            value, found = _along(knob, best[i], partial(_with, error, best, i), fine=turn > 0)
            if found <= lowest:
                best[i], lowest = value, found
    esr, level = error(best)
    setting = told(net, dict(zip(names, best, strict=True)))
    return Found(setting, tuple(best), esr, level)


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


def _along(knob: Condition, now: float, error: Callable[[float], float], *, fine: bool) -> tuple[float, float]:
    """Return the best value of one knob, and the error there; later rounds look around the value that it has."""
    if knob.choices:
        tried = {float(i): error(float(i)) for i in range(len(knob.choices))}
        best = min(tried, key=lambda value: tried[value])
        return best, tried[best]
    to, back = _warp(knob)
    low, high = to(knob.low), to(knob.high)
    step = (high - low) / (COARSE - 1)
    centre = to(now)
    if not fine:
        tried = {low + i * step: error(back(low + i * step)) for i in range(COARSE)}
        centre = min(tried, key=lambda value: tried[value])
    a, b = max(low, centre - step), min(high, centre + step)
    places = {edge: error(back(edge)) for edge in (a, b)}
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
