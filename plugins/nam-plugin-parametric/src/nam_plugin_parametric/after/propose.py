"""
Where a recording would teach most: where the recordings' neighbours fail, or where trained models disagree.

Both are normalised by level, so that a loud setting is not worth more than a quiet one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from nam_kernel import BaseNet, Condition, accelerate
from nam_plugin_parametric.after.design import Values, candidates, chosen
from nam_plugin_parametric.after.excerpts import Excerpt, cut_alike, play, rate_of
from nam_plugin_parametric.after.neighbours import Floats, distances, mixed_esr, nearest_pair, points, without

SECONDS = 2.0
"""Of each recording that are compared: the loudest."""

MOST_PLAYED = 200
"""Settings at which models are compared."""


def failures(conditions: Sequence[Condition], excerpts: Sequence[Excerpt]) -> Floats:
    """
    Return how much each recording bends away from the crossfade of its neighbours, (N,), not a number where none are.

    It is the root of the ESR of the crossfade of the two others between which it lies, over the product of the
    distances to them: linear interpolation errs by half the second derivative times that product.

    :param excerpts: of one input, as long as each other
    """
    places = points([e.values for e in excerpts], conditions)
    sounds = torch.stack([e.target for e in excerpts])
    gram = np.asarray((sounds @ sounds.T).numpy())
    bends = np.full(len(excerpts), np.nan)
    for i in range(len(excerpts)):
        others = without(len(excerpts), [i])
        if len(others) < 2:
            continue
        a, b, share = nearest_pair(places[i], places[others])
        product = float(np.linalg.norm(places[others[a]] - places[i]) * np.linalg.norm(places[others[b]] - places[i]))
        if a != b and 0 < share < 1 and product > 0:
            error = mixed_esr(gram, gram[i], float(gram[i, i]), (others[a], others[b]), share)
            bends[i] = np.sqrt(error) / product
    return bends


def by_interpolation(
    conditions: Sequence[Condition], excerpts: Sequence[Excerpt], rate: float, count: int
) -> list[Values]:
    """
    Return settings where the interpolation between recordings fails most.

    :param excerpts: whole recordings
    :param rate: in Hz
    """
    recorded = [e.values for e in excerpts]
    groups = [group for group in cut_alike(excerpts, SECONDS, rate, 0) if len(group) > 2]
    known = [e.values for group in groups for e in group]
    bends = np.concatenate([failures(conditions, group) for group in groups]) if groups else np.zeros(0)
    told = np.isfinite(bends)
    if not told.any():
        return chosen(conditions, recorded, count, lambda listed: np.ones(len(listed)))
    places = points(known, conditions)[told]

    def weigh(listed: list[Values]) -> Floats:
        # The bend at a candidate is that of the recordings around it. The error grows with the square of the distance,
        # so its root is what competes with a distance.
        near = 1 / (distances(points(listed, conditions), places) + 0.05) ** 2
        weights: Floats = np.sqrt((near * bends[told]).sum(axis=1) / near.sum(axis=1))
        return weights

    return chosen(conditions, recorded, count, weigh)


def disagreement(
    conditions: Sequence[Condition], nets: Sequence[BaseNet], x: Excerpt, listed: Sequence[Values]
) -> Floats:
    """
    Return the variance of several nets over their power, the mean over time, at each of some settings: (N,).

    :param conditions: the knobs of the settings, by whose names the nets are told
    :param x: what they play
    """
    at = {c.name: k for k, c in enumerate(conditions)}
    players = [(net, accelerate(net.eval()), [at[c.name] for c in net.conditions or ()]) for net in nets]
    found = []
    for values in listed:
        sounds = torch.stack([play(net, f, x.x, [values[k] for k in order], x.skipped) for net, f, order in players])
        power = float(sounds.square().mean())
        found.append(float(sounds.var(dim=0, unbiased=False).mean()) / max(power, 1e-12))
    return np.array(found)


def by_disagreement(
    conditions: Sequence[Condition], excerpts: Sequence[Excerpt], nets: Sequence[BaseNet], count: int
) -> list[Values]:
    """
    Return settings at which trained nets disagree most, far from each other.

    :param excerpts: whole recordings
    :param nets: with the knobs of the conditions: snapshots of a training, or several seeds
    """
    net, recorded = nets[0], [e.values for e in excerpts]
    x = cut_alike(excerpts, SECONDS, rate_of(net), max(n.receptive_field for n in nets) - 1)[0][0]
    listed = candidates(conditions, recorded)
    played = listed[:: max(len(listed) // MOST_PLAYED, 1)]
    spread = disagreement(conditions, nets, x, played)

    def weigh(asked: list[Values]) -> Floats:
        near = distances(points(asked, conditions), points(played, conditions)).argmin(axis=1)
        weights: Floats = np.sqrt(spread[near])
        return weights

    return chosen(conditions, recorded, count, weigh)
