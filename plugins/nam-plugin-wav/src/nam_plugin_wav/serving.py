"""
Serve items as views on two signals, and batches of them gathered in one copy.

``DataLoader`` asks a dataset for all items of a batch at once and stacks them. Stacking views one by one takes
several times as long as copying their bytes, so items have a type of their own, for which a function that gathers
whole batches is registered with ``torch.utils.data.default_collate``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import torch
from torch import Tensor
from torch.utils.data._utils.collate import default_collate_fn_map


class Item(tuple[Tensor, Tensor]):
    """Input (nx + ny - 1,) and output (ny,) of one item; a tuple for which ``default_collate`` has a function."""

    __slots__ = ()


class Table:
    """
    Two signals of equal length as rows of items; the rows of the input overlap.

    Row ``i`` is ``x[i * ny : i * ny + nx + ny - 1]`` and the ``ny`` samples of ``y`` at its end.

    :param x: (L,), contiguous
    :param y: (L,), contiguous
    :param nx: input samples per output sample
    :param ny: output samples of an item
    """

    def __init__(self, x: Tensor, y: Tensor, nx: int, ny: int) -> None:
        count = (len(x) - nx + 1) // ny
        self.x = x.as_strided((count, nx + ny - 1), (ny, 1), x.storage_offset())
        self.y = y.as_strided((count, ny), (ny, 1), y.storage_offset() + nx - 1)

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> Item:
        if not -len(self) <= index < len(self):
            raise IndexError(f"item {index} of {len(self)}")
        return Item((self.x[index], self.y[index]))

    def rows(self, indices: Sequence[int]) -> Rows:
        """Return several items, nothing copied yet."""
        return Rows(self, indices)


class Rows(Sequence[Item]):
    """Some rows of a table: a sequence of items that can be gathered at once."""

    def __init__(self, table: Table, indices: Sequence[int]) -> None:
        self._table = table
        self._indices = indices

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> Rows: ...

    def __getitem__(self, index: int | slice) -> Item | Rows:
        if isinstance(index, slice):
            return Rows(self._table, self._indices[index])
        return self._table[self._indices[index]]

    def gather(self) -> list[Tensor]:
        """Return them copied into a batch: x (B, nx + ny - 1) and y (B, ny)."""
        indices = torch.as_tensor(self._indices, device=self._table.x.device)
        return [self._table.x.index_select(0, indices), self._table.y.index_select(0, indices)]


def collate(batch: Sequence[Item], *, collate_fn_map: Any = None) -> list[Tensor]:
    """
    Return a batch, as ``default_collate`` would.

    :param batch: rows of one table, or items of several
    :param collate_fn_map: unused; torch's convention for such functions
    """
    if isinstance(batch, Rows):
        return batch.gather()
    x, y = zip(*batch, strict=True)
    return [torch.stack(x), torch.stack(y)]


default_collate_fn_map[Item] = collate
