"""Serve items as views on two signals, and batches of them gathered in one copy."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nam_plugin_wav.gathering import Item


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

    def gather(self, indices: Sequence[int]) -> list[Tensor]:
        """Return items copied into a batch: x (B, nx + ny - 1) and y (B, ny)."""
        rows = torch.as_tensor(indices, device=self.x.device)
        return [self.x.index_select(0, rows), self.y.index_select(0, rows)]
