"""Level, spectral tilt and error of a net along its knobs, beside those of the captures; and where a knob is dead."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nam_kernel import BaseNet, Condition, accelerate
from nam_kernel.run import proof_signal
from nam_plugin_parametric.after.excerpts import Excerpt, cut_alike, esr, play, rate_of
from nam_plugin_parametric.after.neighbours import place_of, value_at

SECONDS = 3.0
"""Of each capture that are measured: the loudest."""

PLACES = 17
"""At which a knob is heard along its range."""

DEAD, DEAD_STRETCH = 1e-4, 1 / 8
"""The ESR between the ends of a stretch of a knob's range below which nothing changes there, -40 dB; and the least
length of the stretch, as a part of the range."""

_OCTAVE_BANDS = tuple(100.0 * 2 ** (i / 3) for i in range(19))
"""Of thirds of an octave, in Hz, 100 to 6400."""


@dataclass(frozen=True, eq=False)
class Measured:
    """
    A capture, and the net at its setting.

    :param excerpt: of the capture
    :param played: what the net makes of it, (L,)
    """

    excerpt: Excerpt
    played: Tensor
    esr: float
    level: float
    tilt: float
    model_level: float
    model_tilt: float

    @property
    def is_unseen(self) -> bool:
        """Whether the net was not trained on it."""
        return self.excerpt.split == "validation"


@dataclass(frozen=True, eq=False)
class Curve:
    """
    A net along one knob, all others standing still.

    :param k: the number of the knob among the net's conditions
    :param base: a setting, whose other knobs they are
    :param values: of the knob, ascending
    :param sounds: what the net makes of one signal at each, (N, L)
    :param on_it: the captures that differ from ``base`` in nothing but this knob
    """

    condition: Condition
    k: int
    base: tuple[float, ...]
    values: tuple[float, ...]
    sounds: Tensor
    levels: tuple[float, ...]
    tilts: tuple[float, ...]
    on_it: tuple[Measured, ...]

    def dead_zones(self) -> list[tuple[float, float]]:
        """Return the stretches of the range in which the output hardly changes, each from one value to another."""
        found, begin = [], 0
        places = [place_of(self.condition, value) for value in self.values]
        least = 0.0 if self.condition.choices else DEAD_STRETCH * abs(places[-1] - places[0])
        while begin < len(self.values) - 1:
            end = begin
            while end + 1 < len(self.values) and esr(self.sounds[end + 1], self.sounds[begin]) < DEAD:
                end += 1
            if end > begin and places[end] - places[begin] >= least - 1e-9:
                found.append((self.values[begin], self.values[end]))
            begin = max(end, begin + 1)
        return found


def measured(net: BaseNet, captures: Sequence[Excerpt]) -> list[Measured]:
    """Return captures with what the net makes of them, those of one input together."""
    rate, forward = rate_of(net), accelerate(net)
    found = []
    for group in cut_alike(captures, SECONDS, rate, net.receptive_field - 1):
        for e in group:
            played = play(net, forward, e.x, e.values, e.skipped)
            sound = (level(e.target), tilt(e.target, rate), level(played), tilt(played, rate))
            found.append(Measured(e, played, esr(played, e.target), *sound))
    return found


def curve(net: BaseNet, k: int, captures: Sequence[Measured]) -> Curve:
    """
    Return a net along its knob number ``k``.

    The other knobs stand where most captures differ in this knob alone; without captures at their defaults.
    """
    conditions = net.conditions or ()
    rate, forward = rate_of(net), accelerate(net)
    first = captures[0].excerpt if captures else None
    known = [m for m in captures if first is not None and m.excerpt.x is first.x] or list(captures)
    base = _base(known, k, net.settings())
    on_it = sorted(
        (m for m in known if _others(m.excerpt.values, k) == _others(base, k)), key=lambda m: m.excerpt.values[k]
    )
    values = _values(conditions[k])
    x, skipped = (first.x, first.skipped) if first is not None else (torch.from_numpy(proof_signal(rate)), 0)
    sounds = torch.stack([play(net, forward, x, [*base[:k], v, *base[k + 1 :]], skipped) for v in values])
    return Curve(
        conditions[k], k, base, values, sounds,
        tuple(map(level, sounds)), tuple(tilt(sound, rate) for sound in sounds), tuple(on_it),
    )  # fmt: skip


def level(signal: Tensor) -> float:
    """Return the RMS level of a signal, in dB relative to full scale."""
    return 10 * math.log10(max(float(signal.double().square().mean()), 1e-16))


def tilt(signal: Tensor, rate: float) -> float:
    """
    Return the slope of a spectrum, in dB for an octave: a line through its levels in thirds of an octave.

    :param signal: (L,)
    :return: not a number for one of too few samples
    """
    bands = [band for band in _OCTAVE_BANDS if band * 2 ** (1 / 6) < rate / 2]
    if len(signal) < rate / bands[0]:
        return math.nan
    power = torch.fft.rfft(signal.double() * torch.hann_window(len(signal), dtype=torch.float64)).abs().square()
    at = torch.fft.rfftfreq(len(signal), 1 / rate)
    levels = []
    for band in bands:
        inside = power[(at >= band * 2 ** (-1 / 6)) & (at < band * 2 ** (1 / 6))]
        levels.append(10 * math.log10(max(float(inside.mean()) if len(inside) else 0.0, 1e-16)))
    octaves = torch.tensor([math.log2(band) for band in bands], dtype=torch.float64)
    octaves -= octaves.mean()
    return float((octaves * torch.tensor(levels, dtype=torch.float64)).sum() / octaves.square().sum())


def mean_esr(captures: Sequence[Measured]) -> tuple[float, Measured] | None:
    """Return the equal mean of the ESR over captures, and the worst of them; None without any."""
    finite = [m for m in captures if math.isfinite(m.esr)]
    if not finite:
        return None
    return math.fsum(m.esr for m in finite) / len(finite), max(finite, key=lambda m: m.esr)


def _values(condition: Condition) -> tuple[float, ...]:
    if condition.choices:
        return tuple(float(i) for i in range(len(condition.choices)))
    return tuple(value_at(condition, i / (PLACES - 1)) for i in range(PLACES))


def _base(captures: Sequence[Measured], k: int, default: tuple[float, ...]) -> tuple[float, ...]:
    settings = sorted({m.excerpt.values for m in captures})
    groups = [
        list(g) for _, g in itertools.groupby(sorted(settings, key=lambda v: _others(v, k)), lambda v: _others(v, k))
    ]
    if not groups:
        return default

    def far(values: tuple[float, ...]) -> float:
        return math.dist(_others(values, k), _others(default, k))

    return min(groups, key=lambda group: (-len(group), far(group[0])))[0]


def _others(values: tuple[float, ...], k: int) -> tuple[float, ...]:
    return values[:k] + values[k + 1 :]
