"""
The passage of the validation signal that people see and hear, played by the net.

``L`` is the length of the passage in samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nam_kernel import accelerate
from nam_kernel.interfaces import BaseDataset, BaseNet, flatten, over_time, unpack_batch

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


class _Take(NamedTuple):
    """
    What a net hears in one go.

    :param x: (l,), with the history that the net needs
    :param conditions: what ``net.render`` takes beside it
    :param y: (L,), the target
    :param compared: (l,), which samples of the output belong to the target
    """

    x: Tensor
    conditions: tuple[Tensor, ...]
    y: Tensor
    compared: Tensor


def choose_passage(net: BaseNet, validation: BaseDataset, longest: float = LONGEST) -> Passage | None:
    """
    Return the loudest passage, played by a net.

    A list of datasets shares the time evenly. The items of a dataset are taken as one signal, in their order.

    :param longest: seconds of it
    :return: None when there is not one sample
    """
    rate = validation.sample_rate or net.sample_rate
    datasets = flatten(validation)
    budget = int(longest * (rate or USUAL_RATE)) // max(len(datasets), 1)
    warm_up = int(WARM_UP * (rate or USUAL_RATE))
    takes = [take for dataset in datasets for take in _takes(net, dataset, budget, warm_up)]
    if not takes:
        return None
    outputs = _play(net, takes)
    return Passage(
        dry=np.concatenate([_array(take.x[take.compared]) for take in takes]),
        target=np.concatenate([_array(take.y) for take in takes]),
        predictions=dict(zip(net.outputs or ("",), outputs, strict=True)),
        rate=rate,
    )


def loudest(signal: Signal, length: int) -> int:
    """Return where the ``length`` samples of most energy begin."""
    if len(signal) <= length:
        return 0
    energy = np.cumsum(np.concatenate(([0.0], np.nan_to_num(signal) ** 2)))
    return int(np.argmax(energy[length:] - energy[:-length]))


def liveliest(signal: Signal, length: int) -> int:
    """Return where ``length`` samples begin that are loud and move fast at once: a struck string, not a hum."""
    if len(signal) <= length or length < 2:
        return 0
    starts = np.arange(0, len(signal) - length + 1, max(1, length // 2))
    clean = np.nan_to_num(signal)
    level = _sums(clean**2, starts, length)
    motion = _sums(np.diff(clean, append=clean[-1:]) ** 2, starts, length)
    return int(starts[np.argmax(level * motion)])


def esr(prediction: Signal, target: Signal) -> float:
    """Return error power over target power; not a number when the target is silent."""
    power = float(np.mean(target**2)) if len(target) else 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.mean((prediction - target) ** 2)) / power if power > 0 else float("nan")


def _takes(net: BaseNet, dataset: BaseDataset, budget: int, warm_up: int) -> Iterator[_Take]:
    """Yield the loudest ``budget`` samples of a dataset, after up to ``warm_up`` samples that are only heard."""
    targets = [_array(unpack_batch(dataset[index]).y) for index in range(len(dataset))]
    signal = np.concatenate(targets) if targets else np.zeros(0)
    length = min(budget, len(signal))
    start = loudest(signal, length)
    borders, offset = np.array([max(0, start - warm_up), start, start + length]), 0
    for index, target in enumerate(targets):
        heard, compared, end = (int(border) for border in np.clip(borders - offset, 0, len(target)))
        if heard < end:
            yield _take(net, dataset, index, heard, compared, end)
        offset += len(target)


def _take(net: BaseNet, dataset: BaseDataset, index: int, heard: int, compared: int, end: int) -> _Take:
    """Return the part of an item up to sample ``end`` of ``y``, heard and compared from the given samples on."""
    item = unpack_batch(dataset[index])
    x, y = item.x.cpu(), item.y.cpu()
    history = len(x) - len(y)
    place = torch.arange(len(x)) - history
    belongs = (place >= compared) & (place < end)
    conditions = tuple(torch.as_tensor(condition).cpu() for condition in item.conditions)
    if net.conditions is None:
        # Nobody but the net knows which of them move along with the audio, so that nothing is cut.
        return _Take(x, conditions, y[compared:end], belongs)
    part = slice(heard, end + history)
    channels = over_time(x[None], [condition[None] for condition in conditions], len(net.conditions))[0]
    return _Take(x[part], tuple(channels[:, part]), y[compared:end], belongs[part])


def _play(net: BaseNet, takes: Sequence[_Take]) -> Signal:
    """
    Return what the net makes of the takes, one after the other: (P, L) for a net of P outputs.

    It hears them in one go, so that a recurrent net is warm when one follows another.
    """
    forward = accelerate(net)
    outputs = [
        net.render(take.x, *take.conditions, forward=forward)[..., take.compared].reshape(-1, len(take.y))
        for take in (takes if net.conditions is None else [_joined(takes)])
        if len(take.y)
    ]
    return _array(torch.cat(outputs, dim=-1))


def _joined(takes: Sequence[_Take]) -> _Take:
    conditions = zip(*(take.conditions for take in takes), strict=True)
    return _Take(
        torch.cat([take.x for take in takes]),
        tuple(torch.cat(condition) for condition in conditions),
        torch.cat([take.y for take in takes]),
        torch.cat([take.compared for take in takes]),
    )


def _array(tensor: Tensor) -> Signal:
    array: Signal = tensor.detach().cpu().double().numpy()
    return array


def _sums(values: Signal, starts: npt.NDArray[np.int64], length: int) -> Signal:
    total = np.cumsum(np.concatenate(([0.0], values)))
    return np.asarray(total[starts + length] - total[starts])
