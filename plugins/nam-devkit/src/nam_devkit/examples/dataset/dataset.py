"""The dataset itself."""

from __future__ import annotations

import torch
from torch import Tensor

from nam_devkit.examples.dataset.config import ExampleDatasetConfig
from nam_kernel import Condition
from nam_kernel.interfaces import BaseDataset


class ExampleDataset(BaseDataset):
    """
    White noise as the input, and as the output the same noise through a soft clipper.

    It needs no files. An item is ``x`` (ny + nx - 1,) and ``y`` (ny,), which end together.

    :param nx: input samples per output sample
    """

    def __init__(self, config: ExampleDatasetConfig, nx: int) -> None:
        self._config, self._nx = config, nx
        generator = torch.Generator().manual_seed(config.seed)
        self._x = torch.rand(config.items * config.ny + nx - 1, generator=generator) * 2 - 1
        self._y = torch.tanh(config.drive * self._x)

    @property
    def nx(self) -> int:
        """Input samples per output sample."""
        return self._nx

    @property
    def ny(self) -> int:
        """Output samples of an item."""
        return self._config.ny

    @property
    def sample_rate(self) -> float:
        """In Hz."""
        return float(self._config.sample_rate)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """None: nothing was turned."""
        return ()

    @classmethod
    def init_from_config(cls, config: ExampleDatasetConfig, *, nx: int) -> ExampleDataset:
        """Return a new dataset; the kernel computes ``nx`` from the net."""
        return cls(config, nx)

    def __len__(self) -> int:
        return self._config.items

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        if not 0 <= index < len(self):
            raise IndexError(f"item {index} of {len(self)}")
        start, history = index * self.ny, self.nx - 1
        stop = start + history + self.ny
        return self._x[start:stop], self._y[start + history : stop]

    def scale_output(self, factor: float) -> None:
        """Multiply every ``y``."""
        self._y = self._y * factor
