"""
Batches that are gathered from a dataset in a few copies, for every dataset whose items are views on longer signals.

``DataLoader`` asks a dataset for all items of a batch at once (``__getitems__``) and stacks them. Stacking views one by
one takes several times as long as copying their bytes. So such a dataset returns ``Rows``, and its items have a type of
their own, for which a function that gathers whole batches is registered with ``torch.utils.data.default_collate``.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any, Protocol, overload

import torch
from torch import Tensor
from torch.utils.data._utils.collate import default_collate_fn_map

from nam_kernel.errors import HandshakeError
from nam_kernel.interfaces import BaseDataset


class Item(tuple[Any, ...]):
    """An item: tensors, or tuples of them; a tuple for which ``default_collate`` has a function."""

    __slots__ = ()


class Source(Protocol):
    """What has items that can be gathered."""

    def __len__(self) -> int:
        """Return the number of items."""

    def __getitem__(self, index: int, /) -> Item:
        """Return an item."""

    def gather(self, indices: Sequence[int], /) -> list[Any] | None:
        """Return items copied into a batch; None where they differ in length."""


class Views(BaseDataset):
    """
    Base of the datasets whose items are views on longer signals, cut for one receptive field.

    A subclass sets ``source``, and knows its ``nx`` and ``title``.
    """

    source: Source

    @property
    @abc.abstractmethod
    def nx(self) -> int:
        """Input samples per output sample."""

    @property
    @abc.abstractmethod
    def title(self) -> str:
        """What is served, for messages."""

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> Item:
        return self.source[index]

    def __getitems__(self, indices: Sequence[int]) -> Rows:
        """Return the items of a batch, for which ``DataLoader`` asks at once."""
        return Rows(self.source, indices)

    def handshake(self, net: Any) -> None:
        """
        Refuse a net of another receptive field.

        :raises HandshakeError: with both receptive fields
        """
        needed = getattr(net, "receptive_field", self.nx)
        if needed != self.nx:
            raise HandshakeError(
                f"the dataset of {self.title} was made for nx = {self.nx}, but the receptive field of the net is "
                f"{needed}; make the dataset with nx={needed}"
            )


class Rows(Sequence[Item]):
    """Some items of a source: a sequence that can be gathered at once."""

    def __init__(self, source: Source, indices: Sequence[int]) -> None:
        self._source = source
        self._indices = indices

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> Rows: ...

    def __getitem__(self, index: int | slice) -> Item | Rows:
        if isinstance(index, slice):
            return Rows(self._source, self._indices[index])
        return self._source[self._indices[index]]

    def gather(self) -> list[Any] | None:
        """Return them copied into a batch; None where they differ in length."""
        return self._source.gather(self._indices)


def collate(batch: Sequence[Item], *, collate_fn_map: Any = None) -> Any:
    """
    Return a batch, as ``default_collate`` would.

    :param batch: some items of one dataset, or of several
    :param collate_fn_map: unused; torch's convention for such functions
    """
    gathered = batch.gather() if isinstance(batch, Rows) else None
    return _stacked(list(batch)) if gathered is None else gathered


def _stacked(items: Sequence[Any]) -> Any:
    if isinstance(items[0], Tensor):
        return torch.stack(list(items))
    kind = list if isinstance(items[0], Item) else tuple
    return kind(_stacked(part) for part in zip(*items, strict=True))


default_collate_fn_map[Item] = collate
