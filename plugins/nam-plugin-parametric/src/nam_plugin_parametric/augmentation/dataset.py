"""A dataset with items behind its own that nobody recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from nam_kernel import Condition
from nam_kernel.errors import DataError
from nam_kernel.interfaces import BaseDataset, unpack_batch
from nam_plugin_parametric.augmentation.extras import Extra, Silence, share_of


class Augmented(BaseDataset):
    """
    A dataset with further items behind its own.

    Whatever it does not define is looked up in the dataset. Where knobs move in any item, they are signals in all.

    :param extras: the further items
    :raises DataError: when items differ in length
    """

    def __init__(self, dataset: Any, extras: Sequence[Extra]) -> None:
        self.dataset = dataset
        if dataset.ny is None:
            raise DataError("items that nobody recorded are as long as the others; give the training data an ny")
        self._extras = list(extras)
        self._moves = any(extra.MOVES for extra in extras)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "dataset":
            raise AttributeError(name)
        return getattr(self.dataset, name)

    nx = property(lambda self: self.dataset.nx, doc="That of the dataset.")
    ny = property(lambda self: self.dataset.ny, doc="That of the dataset.")
    sample_rate = property(lambda self: self.dataset.sample_rate, doc="That of the dataset.")
    nbytes = property(lambda self: self.dataset.nbytes, doc="That of the dataset.")

    @property
    def conditions(self) -> tuple[Condition, ...] | None:
        """Those of the dataset."""
        declared: tuple[Condition, ...] | None = self.dataset.conditions
        return declared

    @classmethod
    def init_from_config(cls, config: Any, *, nx: int = 1) -> Augmented:
        """Return the dataset under ``"dataset"`` with as much silence as usual."""
        dataset = config["dataset"]
        silence = Silence(dataset, share_of(dataset, Silence.usual(dataset)), torch.Generator().manual_seed(0))
        return cls(dataset, [silence])

    def __len__(self) -> int:
        return len(self.dataset) + sum(map(len, self._extras))

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        if not -len(self) <= index < len(self):
            raise IndexError(f"item {index} of {len(self)}")
        index %= len(self)
        if index < len(self.dataset):
            return self._formed(*unpack_batch(self.dataset[index]))
        index -= len(self.dataset)
        for extra in self._extras:
            if index < len(extra):
                return self._formed(*extra[index])
            index -= len(extra)
        raise AssertionError("the lengths of the parts are that of the whole")

    def serve_from(self, device: torch.device) -> None:
        """Have the dataset serve from there."""
        self.dataset.serve_from(device)

    def scale_output(self, factor: float) -> None:
        """Have the dataset scale its output."""
        self.dataset.scale_output(factor)

    def fingerprint(self) -> Mapping[str, str | int | float] | None:
        """Return that of the dataset."""
        own: Mapping[str, str | int | float] | None = self.dataset.fingerprint()
        return own

    def handshake(self, net: Any) -> None:
        """Refuse a net, as the dataset does."""
        self.dataset.handshake(net)

    def teardown(self) -> None:
        """Tear the dataset down."""
        self.dataset.teardown()

    def _formed(self, x: Tensor, conditions: Sequence[Tensor], y: Tensor) -> tuple[Any, ...]:
        if self._moves:
            conditions = [c if c.ndim else c.expand(len(x)) for c in conditions]
        return (x, *conditions, y)
