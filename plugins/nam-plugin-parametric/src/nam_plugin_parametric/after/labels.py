"""
Name the captures whose setting was written down wrong, after a training.

The rule. A label is doubted where another setting explains the capture ``TIMES`` better: an ESR that is lower by that
factor and by ``LOWER``, and ``LIKE`` at most, at ``APART`` of a knob's range from the label or more. The net is asked,
and so are the other captures, because a net learns a part of a wrong label; where the neighbours confirm a label it is
not doubted. The capture that explains most doubts is taken out first, and the others are asked again without it; what
nobody doubts any more in the end is taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nam_kernel import BaseNet, Condition, Finding
from nam_plugin_parametric.after.evidence import Explained, Listening, listen
from nam_plugin_parametric.after.excerpts import Excerpt, knob_names
from nam_plugin_parametric.after.neighbours import place_of, points
from nam_plugin_parametric.settings import sentence_of, told
from nam_plugin_parametric.wording import named

TIMES, LOWER, APART = 4.0, 0.03, 0.08

LIKE = 0.2
"""The highest ESR at which one sounds like the other at all."""

TIMES_AT_EDGE, LOWER_AT_EDGE = 10.0, 0.15
"""The same, as the other captures say it of one at the edge of what is recorded, where none is beyond."""

CONFIRMED = 2.0
"""A crossfade of the neighbours that is at most so many times worse than the best explanation confirms a label."""

TRIED = 8
"""Doubtful captures of which it is tried what remains without them."""

MIRRORED = 0.2
"""Of the range of a knob: how near to its mirrored value a capture of a reversed knob is found."""


@dataclass(frozen=True)
class Doubt:
    """
    A label that seems to be wrong.

    :param i: of the capture
    :param at_label: ESR of what explains it there
    :param elsewhere: ESR of what explains it best
    :param values: the setting of that
    """

    i: int
    at_label: float
    elsewhere: float
    values: tuple[float, ...]


def label_findings(net: BaseNet, captures: Sequence[Excerpt]) -> list[Finding]:
    """
    Return the labels that seem to be wrong, as findings.

    :param captures: whole, of the training and the validation
    """
    if not net.conditions or len(captures) < 2:
        return []
    heard = listen(net, captures)
    return [*_told(heard, doubts(heard)), *_left_out(heard)]


def doubts(heard: Listening) -> list[Doubt]:
    """Return the doubtful captures, the worst first."""
    found: dict[int, Doubt] = {}
    while True:
        new = _doubts(heard, list(found))
        if not new or len(found) >= len(heard.excerpts) - 2:
            break
        # A right capture is doubted where a wrong one sounds like it: the wrong one is that which explains most doubts.
        tried = sorted(new, key=_size, reverse=True)[:TRIED]
        left = {d.i: len(_doubts(heard, [*found, d.i])) for d in tried}
        worst = min(tried, key=lambda d: (left[d.i], -_size(d)))
        found[worst.i] = worst
    # A right capture may have been doubted for its likeness to a wrong one that was not known then.
    for doubt in sorted(found.values(), key=_size):
        if _doubt(heard, doubt.i, [i for i in found if i != doubt.i]) is None:
            del found[doubt.i]
    return [_settled(heard, doubt, list(found)) for doubt in found.values()]


def _doubts(heard: Listening, known: Sequence[int]) -> list[Doubt]:
    """Return the doubts about all captures but those that are known to be wrong."""
    rest = [i for i in range(len(heard.excerpts)) if i not in known]
    return [doubt for i in rest if (doubt := _doubt(heard, i, known)) is not None]


def _size(doubt: Doubt) -> float:
    return doubt.at_label - doubt.elsewhere


def _doubt(heard: Listening, i: int, doubted: Sequence[int]) -> Doubt | None:
    alone, others = heard.alone(i), heard.by_others(i, doubted)
    if others is not None:
        # Where the neighbours explain the label better than the net does, it is the net that is wrong.
        alone = replace(alone, at_label=min(alone.at_label, others.at_label))
        if others.is_vague:
            others = None
    known = [e for e in (alone, others) if e is not None and _is_clear(heard, i, e)]
    is_confirmed = others is not None and others.at_label <= CONFIRMED * min(alone.elsewhere, others.elsewhere) + 0.01
    if not known or is_confirmed:
        return None
    clearest = max(known, key=lambda e: e.at_label - e.elsewhere)
    return Doubt(i, clearest.at_label, clearest.elsewhere, clearest.values)


def _is_clear(heard: Listening, i: int, e: Explained) -> bool:
    apart = np.abs(points([e.values], heard.net.conditions or ())[0] - heard.points[i]).max()
    times, lower = (TIMES_AT_EDGE, LOWER_AT_EDGE) if e.is_guessed else (TIMES, LOWER)
    is_better = e.at_label >= times * e.elsewhere and e.at_label - e.elsewhere >= lower
    return is_better and e.elsewhere <= LIKE and bool(apart >= APART)


def _settled(heard: Listening, doubt: Doubt, doubted: Sequence[int]) -> Doubt:
    """Return a doubt whose setting was looked for once more, now that all other doubtful captures are known."""
    again = heard.by_others(doubt.i, doubted)
    start = again if again is not None and again.elsewhere < doubt.elsewhere else doubt
    values, error = heard.refined(doubt.i, start.values)
    label = heard.points[doubt.i]
    moved = np.abs(points([values], heard.net.conditions or ())[0] - label).max()
    if error > start.elsewhere or moved < APART:
        values, error = start.values, start.elsewhere
    if len(values) > 1 and sum(a != b for a, b in zip(values, heard.excerpts[doubt.i].values, strict=True)) > 1:
        # One knob is written down wrong more often than two are.
        simpler, with_one = heard.with_one_knob(doubt.i)
        moved = np.abs(points([simpler], heard.net.conditions or ())[0] - label).max()
        if with_one <= max(2 * error, LOWER / 2) and moved >= APART:
            values, error = simpler, with_one
    return Doubt(doubt.i, doubt.at_label, error, values)


def _told(heard: Listening, found: Sequence[Doubt]) -> Iterator[Finding]:
    conditions = heard.net.conditions or ()
    knob = _reversed_knob(heard, found)
    if knob is not None:
        names = [heard.excerpts[d.i].name for d in found]
        sentence = (
            f"{knob.name} seems to be reversed in {len(found)} captures ({named(names)}): each sounds like the "
            f"mirrored value, {_ways(heard, found, conditions.index(knob))}"
        )
        remedy = f"write {knob.low + knob.high:g} minus the value, or turn the knob the other way"
        yield Finding("warning", "knobs", sentence, remedy, kind="reversed")
        return
    paired: set[int] = set()
    doubted = [d.i for d in found]
    for d in found:
        partner = None if d.i in paired else _partner(heard, d, [o for o in found if o.i not in paired], doubted)
        if partner is not None:
            paired |= {d.i, partner.i}
            a, b = heard.excerpts[d.i], heard.excerpts[partner.i]
            sentence = (
                f"{a.name} ({_setting(heard, a.values)}) and {b.name} ({_setting(heard, b.values)}) seem to be "
                f"swapped: each sounds like the other's setting (ESR {_change(d)} and {_change(partner)})"
            )
            yield Finding("warning", "knobs", sentence, "listen to both, and exchange their settings", kind="swapped")
    for d in found:
        if d.i not in paired:
            e = heard.excerpts[d.i]
            changed = [k for k, (a, b) in enumerate(zip(e.values, d.values, strict=True)) if a != b]
            says, like = (_setting(heard, values, changed) for values in (e.values, d.values))
            sentence = f"{e.name} says {says}, sounds like {like} (ESR {_change(d)})"
            remedy = "listen to it, and correct its setting or record it again"
            facts = {"esr_at_label": d.at_label, "esr_elsewhere": d.elsewhere}
            yield Finding("warning", "knobs", sentence, remedy, kind="label", facts=facts)


def _reversed_knob(heard: Listening, found: Sequence[Doubt]) -> Condition | None:
    """Return the knob whose mirrored value all doubtful captures sound like, where there are three of them or more."""
    for k, condition in enumerate(heard.net.conditions or ()):
        pairs = [(place_of(condition, heard.excerpts[d.i].values[k]), place_of(condition, d.values[k])) for d in found]
        if len(pairs) >= 3 and not condition.choices and all(abs(1 - a - b) < MIRRORED for a, b in pairs):
            return condition
    return None


def _partner(heard: Listening, d: Doubt, others: Sequence[Doubt], doubted: Sequence[int]) -> Doubt | None:
    """Return the doubtful capture that has the label which this one sounds like, and the other way round."""
    for other in others:
        if other.i != d.i and _fits(heard, d, other.i, doubted) and _fits(heard, other, d.i, doubted):
            return other
    return None


def _fits(heard: Listening, d: Doubt, label: int, doubted: Sequence[int]) -> bool:
    """Return whether a capture sounds like another one's label, as its neighbours tell or the net does."""
    near = np.abs(points([d.values], heard.net.conditions or ())[0] - heard.points[label]).max() < APART
    return bool(near) or heard.explained_at(d.i, label, doubted) <= 2 * d.elsewhere + 0.005


def _left_out(heard: Listening) -> Iterator[Finding]:
    if heard.left_out:
        told_ = f"the labels of {heard.left_out} captures were not looked at, for want of time"
        yield Finding("info", "knobs", told_, kind="labels")


def _setting(heard: Listening, values: Sequence[float], changed: Sequence[int] | None = None) -> str:
    whole = told(heard.net, dict(zip(knob_names(heard.net), values, strict=True)))
    kept = {
        n: v if isinstance(v, str) else float(f"{v:.2g}")
        for k, (n, v) in enumerate(whole.items())
        if changed is None or k in changed
    }
    return sentence_of(kept)


def _change(d: Doubt) -> str:
    return f"{d.at_label:.2g} -> {d.elsewhere:.2g}"


def _ways(heard: Listening, found: Sequence[Doubt], k: int) -> str:
    shown = [f"{heard.excerpts[d.i].values[k]:g} like {d.values[k]:.2g}" for d in found]
    return ", ".join(shown[:3]) + (" ..." if len(shown) > 3 else "")
