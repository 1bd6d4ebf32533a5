"""
Items that nobody recorded: silence, knobs that move, and knobs beyond what was recorded of them.

Silence in is silence out, wherever the knobs stand: without such items a net may hum at settings that no capture has.
While a knob moves from one capture's setting to another's, the output fades from the one to the other; that is not
what an amplifier does, but near to it, and a net that has heard it does not jump. Where the range of a knob goes beyond
what was recorded of it, a net is free to do anything; with items of that it stays as it is at the last recording.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from nam_kernel import Condition
from nam_kernel.interfaces import unpack_batch
from nam_plugin_parametric.captures.twins import Pair, Twins, placed

Parts = tuple[Tensor, Sequence[Tensor], Tensor]
"""Input, the knobs in their order, and output of an item."""


class Extra(abc.ABC):
    """
    A kind of items, made from those of a dataset.

    :param count: how many
    :param dice: from which they are drawn, before the training
    """

    NAME: ClassVar[str]
    """Of the entry in the data config's ``joint``."""

    MOVES: ClassVar[bool] = False
    """Whether knobs move within its items."""

    EMPTY: ClassVar[str] = ""
    """Why there may be none."""

    def __init__(self, dataset: Any, count: int, dice: torch.Generator) -> None:
        self.dataset = dataset
        self._drawn = [self.draw(dice) for _ in range(count)]

    @classmethod
    @abc.abstractmethod
    def usual(cls, dataset: Any) -> float:
        """Return its usual share of the items."""

    @abc.abstractmethod
    def draw(self, dice: torch.Generator) -> Any:
        """Return what ``made`` needs for an item."""

    @abc.abstractmethod
    def made(self, drawn: Any) -> Parts:
        """Return an item."""

    def __len__(self) -> int:
        return len(self._drawn)

    def __getitem__(self, index: int) -> Parts:
        return self.made(self._drawn[index])


class Silence(Extra):
    """Silence at random settings, and silence as the answer."""

    NAME = "silence"

    @classmethod
    def usual(cls, dataset: Any) -> float:
        """Return a fiftieth, where items are of one length."""
        return 0.02 if dataset.ny else 0.0

    def draw(self, dice: torch.Generator) -> Tensor:
        """Return a setting, (K,)."""
        return torch.tensor([_anywhere(condition, dice) for condition in self.dataset.conditions])

    def made(self, drawn: Tensor) -> Parts:
        """Return silence."""
        x, _, y = unpack_batch(self.dataset[0])
        return torch.zeros_like(x), drawn.to(x).unbind(), torch.zeros_like(y)


class Moves(Extra):
    """
    Knobs that go in a straight line from the setting of one capture to that of another, while the output fades.

    :raises DataError: when no two captures share their input
    """

    NAME, MOVES = "moves", True

    def __init__(self, dataset: Any, count: int, dice: torch.Generator) -> None:
        self._twins = Twins(dataset)
        super().__init__(dataset, count, dice)

    @classmethod
    def usual(cls, dataset: Any) -> float:
        """Return 0: nets whose weights the knobs change take long over them."""
        return 0.0

    def draw(self, dice: torch.Generator) -> Pair:
        """Return two captures of the same part of the input."""
        return self._twins.draw(dice)

    def made(self, drawn: Pair) -> Parts:
        """Return a move."""
        x, here, y = unpack_batch(self.dataset[drawn.item])
        there, other = self._twins.answer(drawn, self.dataset.conditions or (), self.dataset.nx, y)
        way = torch.linspace(0.0, 1.0, len(x), device=x.device)
        knobs = [a + (b - a) * way for a, b in zip(here, there, strict=True)]
        return x, knobs, y + (other - y) * way[len(x) - len(y) :]


@dataclass(frozen=True)
class Beyond:
    """
    A part of a knob's range that no capture reaches.

    :param knob: its number
    :param low: of that part
    :param high: of that part
    :param items: of the captures at its edge
    """

    knob: int
    low: float
    high: float
    items: Sequence[int]


class Ends(Extra):
    """Knobs beyond what was recorded of them, with the answer of the last recording."""

    NAME, EMPTY = "ends", "no range of a knob goes beyond what was recorded of it"

    def __init__(self, dataset: Any, count: int, dice: torch.Generator) -> None:
        self._beyond = beyond(dataset)
        super().__init__(dataset, count if self._beyond else 0, dice)

    @classmethod
    def usual(cls, dataset: Any) -> float:
        """Return 0: many an amplifier goes on as it did."""
        return 0.0

    def draw(self, dice: torch.Generator) -> tuple[int, int, float]:
        """Return an item, the number of a knob, and its value."""
        part = self._beyond[int(torch.randint(len(self._beyond), (), generator=dice))]
        item = part.items[int(torch.randint(len(part.items), (), generator=dice))]
        return item, part.knob, part.low + (part.high - part.low) * float(torch.rand((), generator=dice))

    def made(self, drawn: tuple[int, int, float]) -> Parts:
        """Return an item at another value of a knob."""
        item, knob, value = drawn
        x, conditions, y = unpack_batch(self.dataset[item])
        return x, [torch.full_like(c, value) if i == knob else c for i, c in enumerate(conditions)], y


EXTRAS: tuple[type[Extra], ...] = (Silence, Moves, Ends)


def share_of(dataset: Any, share: float) -> int:
    """Return how many items a share of those of a dataset is, at least one where there is any."""
    return max(round(share * len(dataset)), 1) if share else 0


def beyond(dataset: Any) -> list[Beyond]:
    """Return the parts of the knobs' ranges that no capture of a dataset reaches."""
    captures = placed(dataset)
    parts = []
    for number, condition in enumerate(dataset.conditions or ()):
        standing = [(c.settings[condition.name], items) for c, items in captures if condition.name in c.settings]
        if condition.choices or len(standing) < len(captures) or not standing:
            continue
        least, most = min(v for v, _ in standing), max(v for v, _ in standing)
        for edge, low, high in ((least, condition.low, least), (most, most, condition.high)):
            items = [item for value, its in standing if value == edge for item in its]
            if low < high:
                parts.append(Beyond(number, low, high, items))
    return parts


def _anywhere(condition: Condition, dice: torch.Generator) -> float:
    """Return a value of a knob, in its own unit."""
    share = float(torch.rand((), generator=dice))
    if condition.choices:
        return float(min(int(share * len(condition.choices)), len(condition.choices) - 1))
    if condition.curve == "log":
        return float(condition.low * (condition.high / condition.low) ** share)
    return float(condition.low + share * (condition.high - condition.low))
