"""The dataset itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from nam_kernel.interfaces import BaseDataset
from nam_kernel.testing.examples.dataset.config import ExampleDatasetConfig


class ExampleDataset(BaseDataset):
    """
    White noise as the input, and as the output the same noise through a soft clipper.

    It needs no files. An item is ``x`` (ny + nx - 1,) and ``y`` (ny,); the last samples of both coincide.

    :param config: says how long, how many and how loud
    """

    def __init__(self, config: ExampleDatasetConfig) -> None:
        self._config = config
        generator = torch.Generator().manual_seed(config.seed)
        length = config.items * config.ny + config.nx - 1
        self._x = torch.rand(length, generator=generator) * 2 - 1
        self._y = torch.tanh(config.drive * self._x)

    @property
    def nx(self) -> int:
        """Input samples per output sample."""
        return self._config.nx

    @property
    def ny(self) -> int:
        """Output samples of an item."""
        return self._config.ny

    @property
    def sample_rate(self) -> float | None:
        """In Hz."""
        return float(self._config.sample_rate)

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> ExampleDataset:
        """Make a dataset from an ``ExampleDatasetConfig``."""
        return cls(ExampleDatasetConfig.model_validate(dict(config)))

    def __len__(self) -> int:
        return self._config.items

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        if not 0 <= index < len(self):
            raise IndexError(f"item {index} of {len(self)}")
        start, history = index * self.ny, self.nx - 1
        stop = start + history + self.ny
        return self._x[start:stop], self._y[start + history : stop]
