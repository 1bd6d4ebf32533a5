"""What several captures answered to the same part of their input."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from nam_kernel import Condition
from nam_kernel.errors import DataError
from nam_kernel.interfaces import BaseDataset, flatten

if TYPE_CHECKING:
    from nam_plugin_parametric.captures.capture import Capture


class Pair(NamedTuple):
    """
    Two captures of the same part of an input.

    :param item: of the dataset, in which the one is
    :param other: the number of the other capture
    :param at: where that part begins in the other's samples
    """

    item: int
    other: int
    at: int


class Twins:
    """
    The captures of a dataset that share an input.

    Their items need not begin together, for a delay moves the part that is used.

    :raises DataError: when there are no two of them
    """

    def __init__(self, dataset: BaseDataset) -> None:
        captures = placed(dataset)
        self._captures = [capture for capture, _ in captures]
        self._items = [items for _, items in captures]
        inputs: dict[object, list[int]] = defaultdict(list)
        for number, capture in enumerate(self._captures):
            if not capture.moving:
                inputs[capture.recording.input_key].append(number)
        pairs = ((a, b) for group in inputs.values() for a in group for b in group if a != b)
        self._partners: dict[int, list[int]] = defaultdict(list)
        for a, b in pairs:
            if self._common(a, b):
                self._partners[a].append(b)
        if not self._partners:
            raise DataError(
                "no two captures share their input file, so no knob can move between them; leave out 'moves'"
            )
        self._with_partners = list(self._partners)

    def draw(self, dice: torch.Generator) -> Pair:
        """Return two captures of the same part of an input, any of them as likely as another."""

        def one_of(choices: Sequence[int]) -> int:
            return choices[int(torch.randint(len(choices), (), generator=dice))]

        first = one_of(self._with_partners)
        other = one_of(self._partners[first])
        item = one_of(self._common(first, other))
        begin = self._begins(first)[item] - self._captures[other].recording.pair.span.x_start
        return Pair(self._items[first][item], other, int(begin))

    def answer(self, pair: Pair, conditions: Sequence[Condition], nx: int, like: Tensor) -> tuple[Tensor, Tensor]:
        """
        Return where the knobs stood in the other capture, (K,), and what it answered, (ny,).

        :param nx: the receptive field of the net, in samples
        :param like: what the first one answered, (ny,)
        """
        capture, start = self._captures[pair.other], pair.at + nx - 1
        setting = torch.tensor([capture.settings[condition.name] for condition in conditions]).to(like)
        return setting, capture.y[start : start + len(like)].to(like)

    def _begins(self, number: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Return where each item of a capture begins in its input, (I,)."""
        recording = self._captures[number].recording
        return recording.starts + recording.pair.span.x_start

    def _common(self, first: int, other: int) -> range:
        """Return those items of a capture, as numbers within it, to whose input another answered as well."""
        recording, span = self._captures[first].recording, self._captures[other].recording.pair.span
        begins, width = self._begins(first), recording.pair.nx - 1 + recording.ny
        low, high = np.searchsorted(begins, span.x_start), np.searchsorted(begins, span.x_stop - width, "right")
        return range(int(low), int(high))


def placed(dataset: BaseDataset) -> list[tuple[Capture, range]]:
    """Return the captures that a dataset is made of, each with its items there."""
    found = []
    begin = 0
    for part in flatten(dataset):
        found += [
            (capture, range(begin + capture.items.start, begin + capture.items.stop))
            for capture in getattr(part, "captures", ())
        ]
        begin += len(part)
    return found
