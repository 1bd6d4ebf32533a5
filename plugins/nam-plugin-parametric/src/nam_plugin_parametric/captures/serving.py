"""Serve the items of several captures as views on their samples, and batches of them gathered in a few copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

import torch
from torch import Tensor
from torch.utils.data._utils.collate import default_collate_fn_map

Form = Literal["plain", "nested", "grouped"]


class Item(tuple[Any, ...]):
    """One item in any of the forms; a tuple for which ``default_collate`` has a function."""

    __slots__ = ()


@dataclass(frozen=True, eq=False)
class Samples:
    """
    The samples of all captures, one after the other.

    :param x: the inputs, each once however many captures share it
    :param y: (L,), the outputs
    :param settings: (N, K), the knobs of each capture where they stand still
    :param signals: (K, L), the knobs beside ``y`` where they move; or None
    """

    x: Tensor
    y: Tensor
    settings: Tensor
    signals: Tensor | None

    def to(self, device: torch.device) -> Samples:
        """Return a copy on a device; itself where it is there."""
        signals = None if self.signals is None else self.signals.to(device)
        return Samples(self.x.to(device), self.y.to(device), self.settings.to(device), signals)

    @property
    def nbytes(self) -> int:
        """The bytes of all samples."""
        return self.x.nbytes + self.y.nbytes + (0 if self.signals is None else self.signals.nbytes)


@dataclass(frozen=True, eq=False)
class Places:
    """
    Where the items are.

    :param x: (I,), where the input of each begins among all inputs
    :param y: (I,), where the output that belongs to that sample is among all outputs
    :param capture: (I,), of which capture it is
    :param ny: (I,), its output samples
    """

    x: Tensor
    y: Tensor
    capture: Tensor
    ny: Tensor


class Items:
    """
    Items of captures.

    :param nx: input samples per output sample
    """

    def __init__(self, samples: Samples, places: Places, nx: int, form: Form) -> None:
        self.samples, self.places, self.nx, self.form = samples, places, nx, form
        lengths = sorted({*places.ny.tolist()})
        self.ny = int(lengths[0]) if len(lengths) == 1 else None

    def __len__(self) -> int:
        return len(self.places.x)

    def __getitem__(self, index: int) -> Item:
        if not -len(self) <= index < len(self):
            raise IndexError(f"item {index} of {len(self)}")
        x_at, y_at, capture, ny = (int(part[index]) for part in vars(self.places).values())
        width = self.nx + ny - 1
        x = self.samples.x[x_at : x_at + width]
        y = self.samples.y[y_at + self.nx - 1 : y_at + width]
        signals = self.samples.signals
        # One row for each knob: constants (K,), or signals (K, nx + ny - 1).
        knobs = self.samples.settings[capture] if signals is None else signals[:, y_at : y_at + width]
        return Item(_formed(x, knobs, y, self.form, 0))

    def rows(self, indices: Sequence[int]) -> Rows:
        """Return several items, nothing copied yet."""
        return Rows(self, indices)

    def gather(self, indices: Sequence[int]) -> Any:
        """Return items of one length, copied into a batch."""
        assert self.ny is not None
        at = torch.as_tensor(indices, device=self.places.x.device)
        x_at, y_at = self.places.x[at], self.places.y[at]
        width, signals = self.nx + self.ny - 1, self.samples.signals
        x = self.samples.x.unfold(0, width, 1).index_select(0, x_at)
        y = self.samples.y.unfold(0, self.ny, 1).index_select(0, y_at + self.nx - 1)
        if signals is None:
            knobs = self.samples.settings[self.places.capture[at]]
        else:
            knobs = torch.stack([signal.unfold(0, width, 1).index_select(0, y_at) for signal in signals], dim=1)
        return _formed(x, knobs, y, self.form, 1)


class Rows(Sequence[Item]):
    """Some items: a sequence that can be gathered at once."""

    def __init__(self, items: Items, indices: Sequence[int]) -> None:
        self.items = items
        self.indices = indices

    def __len__(self) -> int:
        return len(self.indices)

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> Rows: ...

    def __getitem__(self, index: int | slice) -> Item | Rows:
        if isinstance(index, slice):
            return Rows(self.items, self.indices[index])
        return self.items[self.indices[index]]


def collate(batch: Sequence[Item], *, collate_fn_map: Any = None) -> Any:
    """
    Return a batch, as ``default_collate`` would.

    :param batch: some items of one dataset, or of several
    :param collate_fn_map: unused; torch's convention for such functions
    """
    if isinstance(batch, Rows) and batch.items.ny is not None:
        return batch.items.gather(batch.indices)
    return _stacked(list(batch))


def _formed(x: Tensor, knobs: Tensor, y: Tensor, form: Form, dim: int) -> list[Any]:
    """
    Return the parts of an item or a batch in the form that is asked for.

    :param knobs: of which ``dim`` counts the knobs
    """
    if form == "grouped":
        return [x, knobs, y]
    single = knobs.unbind(dim)
    return [x, (y, *single)] if form == "nested" else [x, *single, y]


def _stacked(items: Sequence[Any]) -> Any:
    if isinstance(items[0], Tensor):
        return torch.stack(list(items))
    kind = list if isinstance(items[0], Item) else tuple
    return kind(_stacked(part) for part in zip(*items, strict=True))


default_collate_fn_map[Item] = collate
