"""The loudest part of each capture, with its setting in the net's order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from nam_kernel import BaseNet, Condition
from nam_kernel.interfaces import BaseDataset, Forward, flatten, plain
from nam_plugin_parametric.likeness import loudest

if TYPE_CHECKING:
    from nam_kernel.run import Prepared

RATE = 48000.0
"""In Hz, where nobody knows the sample rate."""

WARM_UP = 0.1
"""Seconds that a net hears before it is judged, at least."""


@dataclass(frozen=True, eq=False)
class Excerpt:
    """
    A part of a capture in which no knob moves.

    :param name: of the capture
    :param split: of the data that it is in: ``train`` or ``validation``
    :param values: one for each condition of the net, in its order
    :param x: (L,)
    :param y: (L,), aligned with it
    :param skipped: samples at the beginning that are heard, and not judged
    """

    name: str
    split: str
    values: tuple[float, ...]
    x: Tensor
    y: Tensor
    skipped: int = 0

    @property
    def target(self) -> Tensor:
        """What is judged of the output, (L - skipped,), float64."""
        return self.y[self.skipped :].double()

    def cut(self, seconds: float, rate: float, history: int) -> Excerpt:
        """Return the loudest seconds, with the history that a net needs before them."""
        before = max(history, round(WARM_UP * rate))
        x, y = loudest(self.x.float(), self.y.float(), max(round(seconds * rate), 1), before)
        return replace(self, x=x, y=y, skipped=min(before, len(y) // 2))


def excerpts_of(net: BaseNet, run: Prepared) -> list[Excerpt]:
    """Return the captures of a run, whole; nothing where it has none, or the net does not declare its knobs."""
    parts = (("train", run.train), ("validation", run.validation))
    return [excerpt for split, dataset in parts for excerpt in captured(net, dataset, split)]


def captured(net: BaseNet, dataset: BaseDataset | None, split: str) -> Iterator[Excerpt]:
    """Yield the captures of a dataset in which all knobs of a net stand still, whole."""
    for one in map(plain, flatten(dataset)):
        order = _names(net.conditions or (), getattr(one, "conditions", None) or ())
        for capture in getattr(one, "captures", ()) if order else ():
            if all(name in capture.settings for name in order) and len(capture.y) > 1:
                values = tuple(float(capture.settings[name]) for name in order)
                yield Excerpt(capture.name, split, values, capture.x.detach().cpu(), capture.y.detach().cpu())


def rate_of(net: BaseNet) -> float:
    """Return the sample rate of a net, in Hz, or the usual one."""
    return net.sample_rate or RATE


def same_input(excerpts: Sequence[Excerpt]) -> list[list[Excerpt]]:
    """Return excerpts in groups, each of which has one input; the largest group is first."""
    groups: list[list[Excerpt]] = []
    for excerpt in excerpts:
        group = next((g for g in groups if _same(g[0].x, excerpt.x)), None)
        if group is None:
            groups.append([excerpt])
        else:
            group.append(excerpt)
    return sorted(groups, key=len, reverse=True)


def cut_alike(excerpts: Sequence[Excerpt], seconds: float, rate: float, history: int) -> list[list[Excerpt]]:
    """
    Return the loudest seconds of excerpts, in groups of one input each.

    Within a group it is the part in which all outputs together are loudest, each at its own level, and one tensor is
    the input of all.
    """
    cut: list[list[Excerpt]] = []
    for group in same_input(excerpts):
        length = min(len(e.y) for e in group)
        power = sum(e.y[:length].double().square() / e.y.double().square().mean().clamp_min(1e-12) for e in group)
        assert isinstance(power, Tensor)
        before = max(history, round(WARM_UP * rate))
        place, _ = loudest(torch.arange(length), power.sqrt(), max(round(seconds * rate), 1), before)
        part, skipped = slice(int(place[0]), int(place[-1]) + 1), min(before, len(place) // 2)
        x = group[0].x[part].float()
        cut.append([replace(e, x=x, y=e.y[part].float(), skipped=skipped) for e in group])
    return cut


def play(net: BaseNet, forward: Forward | None, x: Tensor, values: Sequence[Any], skipped: int = 0) -> Tensor:
    """
    Return what a net makes of a signal, the largest output of several: (L - skipped,), float64.

    :param x: (L,)
    :param values: what ``net.render`` takes beside it
    """
    played = net.render(x, *values, forward=forward)
    return torch.nan_to_num(
        played.reshape(-1, played.shape[-1])[-1, skipped:].double(), nan=1e6, posinf=1e6, neginf=-1e6
    )


def esr(played: Tensor, target: Tensor) -> float:
    """Return error power over target power; infinite for a silent target."""
    power = float(target.square().sum())
    return float((played - target).square().sum()) / power if power > 0 else float("inf")


def knob_names(net: BaseNet) -> list[str]:
    """Return the names of a net's conditions, or their numbers where they have none."""
    return [c.name or str(i) for i, c in enumerate(net.conditions or (), 1)]


def _names(net: Sequence[Condition], data: Sequence[Condition]) -> list[str]:
    """Return the names by which the settings of captures are asked for, in the net's order; by position without any."""
    named = [c.name for c in net]
    if all(named):
        return named
    return [c.name for c in data] if len(data) == len(net) and all(c.name for c in data) else []


def _same(a: Tensor, b: Tensor) -> bool:
    return len(a) == len(b) and (a.data_ptr() == b.data_ptr() or torch.equal(a, b))
