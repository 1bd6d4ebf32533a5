"""
Listen to each capture at other settings than its own: what the net finds, and what the other captures say.

A net that was trained on a wrong label learns a part of it, and then finds nothing wrong. So a capture is also compared
with the others: beside its label it should sound like a crossfade of its neighbours, whatever the net learned there.
Captures of one input are compared as they were recorded; for one of another input the net plays at its setting.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from nam_kernel import BaseNet, accelerate
from nam_kernel.interfaces import Forward
from nam_plugin_parametric.after.excerpts import Excerpt, cut_alike, esr, knob_names, play, rate_of
from nam_plugin_parametric.after.neighbours import (
    Floats,
    beside,
    beside_lines,
    between,
    crossfade,
    edges,
    outside,
    points,
)
from nam_plugin_parametric.likeness import closest, coarse

BUDGET, REFINING = 30.0, 15.0
"""Seconds that listening may take, about, and then looking closer at what is doubted."""

LONGEST, SHORTEST = 3.0, 0.5
"""Seconds of each capture that are compared."""

GRID = 120
"""Settings at which the net is asked, beside those of the captures."""

EDGE = 0.05
"""Of the range of a knob: how far a label may lie outside of its neighbours and still be between them."""


@dataclass(frozen=True)
class Explained:
    """
    How well a capture is explained at its label, and how well elsewhere.

    :param at_label: ESR
    :param elsewhere: the lowest ESR of all other settings
    :param values: the setting there
    :param is_guessed: the label is at the edge of what was asked, so that what is expected there is the nearest
    :param is_vague: little is expected there: the label is on no line between two that were asked, or at the edge of
        more than one knob
    """

    at_label: float
    elsewhere: float
    values: tuple[float, ...]
    is_guessed: bool = False
    is_vague: bool = False


@dataclass(eq=False)
class Listening:
    """
    All captures of a run as a net hears them.

    :param excerpts: that are compared, those of one input together
    :param left_out: captures for which there was no time
    :param seconds: of each that are compared
    """

    net: BaseNet
    excerpts: list[Excerpt]
    left_out: int
    seconds: float
    _forward: Forward = field(repr=False)
    _clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    _until: float = field(default=math.inf, repr=False)
    _alone: list[Explained] = field(default_factory=list, repr=False)
    _grams: list[tuple[Floats, Floats, float]] = field(default_factory=list, repr=False)

    def alone(self, i: int) -> Explained:
        """Return what the net says of a capture: at its label, and at the best of all settings that were tried."""
        return self._alone[i]

    def by_others(self, i: int, doubted: Sequence[int]) -> Explained | None:
        """
        Return what the other captures say of one.

        :param doubted: captures that are not asked
        :return: None where nothing but the neighbours is left to compare with
        """
        asked = [j for j in range(len(self.excerpts)) if j != i and j not in doubted]
        nodes = self.points[asked]
        near = beside(self.points[i], nodes) if asked else []
        links = [(a, a) for a in range(len(asked))] + edges(nodes)
        # An edge between two neighbours passes the label, or near enough.
        here = [pair for pair in links if pair[0] in near and pair[1] in near]
        here += [(a, b) for a in near for b in near if a < b and (a, b) not in here]
        there = [pair for pair in links if pair not in here]
        if not here or not there:
            return None
        at_label = min(self._mixed(i, asked, pair)[1] for pair in here)
        pair, (share, lowest) = min(((p, self._mixed(i, asked, p)) for p in there), key=lambda found: found[1][1])
        begin, end = (self.excerpts[asked[node]].values for node in pair)
        is_guessed = outside(self.points[i], nodes[near]) > EDGE
        is_plane = len(self.net.conditions or ()) > 1
        is_vague = is_plane if is_guessed else beside_lines(self.points[i], nodes) > EDGE
        values = between(begin, end, share, self.net.conditions or ())
        return Explained(at_label, lowest, values, is_guessed, is_vague)

    def explained_at(self, i: int, label: int, doubted: Sequence[int]) -> float:
        """Return how well the neighbours of another capture's label explain a capture: the lowest ESR."""
        asked = [j for j in range(len(self.excerpts)) if j not in (i, label) and j not in doubted]
        near = beside(self.points[label], self.points[asked]) if asked else []
        mixes = [self._mixed(i, asked, (a, b))[1] for a in near for b in near if a <= b]
        return min(mixes, default=math.inf)

    def refined(self, i: int, start: tuple[float, ...]) -> tuple[tuple[float, ...], float]:
        """Return the setting near ``start`` at which the net is most like a capture, and the ESR there."""
        excerpt, best = self.excerpts[i], start
        names = knob_names(self.net)
        lowest = esr(play(self.net, self._forward, excerpt.x, best, excerpt.skipped), excerpt.target)
        for _ in range(1 if len(names) == 1 else 2):
            for name in names:
                if self._clock() > self._until:
                    return best, lowest
                found = closest(self.net, excerpt.x, excerpt.y, free={name}, start=best, level_is_free=False)
                error = esr(play(self.net, self._forward, excerpt.x, found.values, excerpt.skipped), excerpt.target)
                if error < lowest:
                    best, lowest = found.values, error
        return best, lowest

    def with_one_knob(self, i: int) -> tuple[tuple[float, ...], float]:
        """Return the setting that differs from a capture's in one knob and is most like it, and the ESR there."""
        excerpt, tried = self.excerpts[i], []
        for name in knob_names(self.net):
            if self._clock() > self._until:
                return excerpt.values, math.inf
            found = closest(
                self.net, excerpt.x, excerpt.y, free={name}, start=excerpt.values, level_is_free=False
            ).values
            error = esr(play(self.net, self._forward, excerpt.x, found, excerpt.skipped), excerpt.target)
            tried.append((error, found))
        error, found = min(tried)
        return found, error

    @property
    def points(self) -> Floats:
        """The labels as points."""
        return points([e.values for e in self.excerpts], self.net.conditions or ())

    def _mixed(self, i: int, asked: Sequence[int], pair: tuple[int, int]) -> tuple[float, float]:
        gram, product, power = self._grams[i]
        return crossfade(gram, product, power, (asked[pair[0]], asked[pair[1]]))


def listen(net: BaseNet, captures: Sequence[Excerpt], clock: Callable[[], float] = time.monotonic) -> Listening:
    """
    Return captures as a net hears them, at all of their settings and a grid of others, within ``BUDGET``.

    :param captures: whole
    """
    net = net.eval()
    rate, forward = rate_of(net), accelerate(net)
    usable = [e for e in captures if float(e.y.double().square().sum()) > 0]
    groups = cut_alike(usable, SHORTEST, rate, net.receptive_field - 1)
    if not usable:
        return Listening(net, [], 0, 0.0, forward)
    begin = clock()
    play(net, forward, groups[0][0].x, groups[0][0].values)
    per_second = max(clock() - begin, 1e-6) * rate / len(groups[0][0].x)
    kept = list(usable)
    while True:
        groups = cut_alike(kept, SHORTEST, rate, net.receptive_field - 1)
        count = len(groups) * (len(kept) + min(GRID, 9 ** len(net.conditions or ())))
        seconds = BUDGET / (per_second * count)
        if seconds >= SHORTEST or len(kept) <= 3:
            break
        fewer = len(kept) - max(len(kept) // 5, 1)
        kept = [usable[round(n * (len(usable) - 1) / (fewer - 1))] for n in range(fewer)]
    seconds = min(max(seconds, SHORTEST), LONGEST)
    groups = cut_alike(kept, seconds, rate, net.receptive_field - 1)
    found = Listening(net, [e for group in groups for e in group], len(usable) - len(kept), seconds, forward)
    _fill(found, groups)
    found._clock, found._until = clock, clock() + REFINING
    return found


def _fill(found: Listening, groups: Sequence[Sequence[Excerpt]]) -> None:
    """Render what is compared: once for each input and setting."""
    labels = [e.values for e in found.excerpts]
    grid = [tuple(p) for p in coarse(found.net.conditions or (), GRID)]
    for group in groups:
        x, skipped = group[0].x, group[0].skipped
        played = [play(found.net, found._forward, x, values, skipped) for values in labels]
        targets = torch.stack([e.target for e in group])
        own = {id(e): target for e, target in zip(group, targets, strict=True)}
        sounds = torch.stack([own.get(id(e), p) for e, p in zip(found.excerpts, played, strict=True)])
        gram = np.asarray((sounds @ sounds.T).numpy())
        products = np.asarray((sounds @ targets.T).numpy())
        lowest: list[tuple[float, tuple[float, ...]]] = [(math.inf, ()) for _ in group]
        for values in grid:
            sound = play(found.net, found._forward, x, values, skipped)
            errors = ((targets - sound).square().sum(1) / targets.square().sum(1)).tolist()
            lowest = [min(now, (error, values)) for now, error in zip(lowest, errors, strict=True)]
        for k, excerpt in enumerate(group):
            power = float(targets[k].square().sum())
            found._grams.append((gram, products[:, k], power))
            at_labels = [(esr(sound, targets[k]), values) for sound, values in zip(played, labels, strict=True)]
            error, values = min([lowest[k], *at_labels])
            found._alone.append(Explained(at_labels[labels.index(excerpt.values)][0], error, values))
