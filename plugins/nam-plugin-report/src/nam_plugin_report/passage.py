"""
Choose a passage of the validation signal and let the net play it.

``L`` is the length of the passage in samples, at most ``LONGEST`` seconds of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nam_kernel.interfaces import BaseNet, unpack_batch

Signal = npt.NDArray[np.float64]

LONGEST = 8.0
"""Seconds: long enough to judge a sound, short enough to put into a page."""

WARM_UP = 1.0
"""Seconds that a recurrent net hears before the passage, so that it does not start cold."""

USUAL_RATE = 48000.0
"""In Hz, for lengths and for listening, where nobody knows the sample rate."""


@dataclass(frozen=True)
class Passage:
    """
    What a listener compares.

    :param dry: the input (L,), what the guitar gave
    :param target: (L,), what the gear made of it
    :param predictions: (L,) each, what the model made of it, by the name of the output: ``""`` for one
    :param rate: in Hz, or None where it is not known
    """

    dry: Signal
    target: Signal
    predictions: dict[str, Signal]
    rate: float | None


@dataclass(frozen=True)
class _Recording:
    """Input with its history, conditions and target: what an item is, of any length."""

    x: Tensor
    conditions: tuple[Tensor, ...]
    y: Tensor

    @property
    def history(self) -> int:
        """Samples of ``x`` before the one that belongs to the first of ``y``."""
        return len(self.x) - len(self.y)

    def cut(self, start: int, stop: int, warm_up: int) -> _Recording:
        """Cut out ``y[start:stop]``, with the history of ``x`` and up to ``warm_up`` samples more."""
        first, last = max(0, start - warm_up), stop + self.history
        conditions = tuple(c[..., first:last] if c.shape[-1:] == self.x.shape else c for c in self.conditions)
        return _Recording(self.x[first:last], conditions, self.y[start:stop])


def choose_passage(net: Any, validation: Any) -> Passage | None:
    """
    Choose the loudest passage and render it.

    A list of datasets shares the time evenly. Items shorter than a passage are put one after the other. A net
    that is not a ``BaseNet`` plays the passage in one go.

    :return: None when there is not one sample
    """
    known = getattr(validation, "sample_rate", None) or getattr(net, "sample_rate", None)
    rate = known or USUAL_RATE
    parts = list(_parts(validation, int(LONGEST * rate), int(WARM_UP * rate)))
    if not parts:
        return None
    rendered = [_render(net, part) for part in parts]
    outputs = np.concatenate(rendered, axis=-1)
    names = _names(getattr(net, "outputs", ()), len(outputs))
    return Passage(
        dry=np.concatenate([_array(part.x)[-len(part.y) :] for part in parts]),
        target=np.concatenate([_array(part.y) for part in parts]),
        predictions=dict(zip(names, outputs, strict=True)),
        rate=known,
    )


def loudest(signal: Signal, length: int) -> int:
    """Find where the ``length`` samples of most energy begin."""
    if len(signal) <= length:
        return 0
    energy = np.cumsum(np.concatenate(([0.0], np.nan_to_num(signal) ** 2)))
    return int(np.argmax(energy[length:] - energy[:-length]))


def liveliest(signal: Signal, length: int) -> int:
    """Find where ``length`` samples begin that are loud and move fast at once: a struck string, not a hum."""
    if len(signal) <= length or length < 2:
        return 0
    starts = np.arange(0, len(signal) - length + 1, max(1, length // 2))
    clean = np.nan_to_num(signal)
    level = _sums(clean**2, starts, length)
    motion = _sums(np.diff(clean, append=clean[-1:]) ** 2, starts, length)
    return int(starts[np.argmax(level * motion)])


def esr(prediction: Signal, target: Signal) -> float:
    """Compute error power over target power; not a number when the target is silent."""
    power = float(np.mean(target**2)) if len(target) else 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.mean((prediction - target) ** 2)) / power if power > 0 else float("nan")


def _parts(dataset: Any, budget: int, warm_up: int) -> Iterator[_Recording]:
    inner = getattr(dataset, "datasets", None)
    if inner:
        for one in inner:
            yield from _parts(one, budget // len(inner), warm_up)
        return
    for recording in _recordings(dataset):
        length = min(budget, len(recording.y))
        if not length:
            continue
        start = loudest(_array(recording.y), length)
        yield recording.cut(start, start + length, warm_up)
        budget -= length
        if budget <= 0:
            return


def _recordings(dataset: Any) -> Iterator[_Recording]:
    """Give the whole recording where the dataset shows it, otherwise its items."""
    for index in range(len(dataset)):
        item = _Recording(*unpack_batch(dataset[index]))
        whole = None if item.conditions else _whole(dataset, item)
        yield whole or item
        if whole:
            return


def _whole(dataset: Any, first: _Recording) -> _Recording | None:
    """Take ``x`` and ``y`` of a dataset, if both end together and its first item is their beginning."""
    x, y = getattr(dataset, "x", None), getattr(dataset, "y", None)
    if not (isinstance(x, Tensor) and isinstance(y, Tensor) and x.ndim == y.ndim == 1):
        return None
    y = y[max(0, len(y) - len(x) + first.history) :]
    whole = _Recording(x, (), y)
    begins = torch.equal(x[: len(first.x)], first.x) and torch.equal(y[: len(first.y)], first.y)
    return whole if begins and whole.history == first.history else None


def _render(net: Any, part: _Recording) -> Signal:
    """Let the net play a part: (P, L)."""
    if isinstance(net, BaseNet):
        output = net.render(part.x, *part.conditions)
    else:
        with torch.no_grad():
            output = net(part.x[None], *(c[None] for c in part.conditions), pad_start=False)[0]
    return _array(output[..., -len(part.y) :]).reshape(-1, len(part.y))


def _names(outputs: Sequence[str], count: int) -> Sequence[str]:
    if len(outputs) == count:
        return outputs
    return ("",) if count == 1 else [str(i + 1) for i in range(count)]


def _array(tensor: Tensor) -> Signal:
    array: Signal = tensor.detach().cpu().double().numpy()
    return array


def _sums(values: Signal, starts: npt.NDArray[np.int64], length: int) -> Signal:
    total = np.cumsum(np.concatenate(([0.0], values)))
    return np.asarray(total[starts + length] - total[starts])
