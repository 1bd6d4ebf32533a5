"""
What a dataset is: items of aligned input and output, each with the history that the net needs.

An item is ``(x, *conditions, y)``, or in the nested form ``(x, (y, *conditions))``; ``x`` has ``nx - 1``
samples more than ``y``, so that every sample of ``y`` can be predicted from ``nx`` samples of ``x``.
"""

from __future__ import annotations

import abc
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.utils.data import Dataset

from nam_kernel.errors import DataError

Item = tuple[Any, ...]


class Finding(Protocol):
    """One thing worth knowing of the recordings before a training: ``error``, ``warning`` or ``info``."""

    @property
    def severity(self) -> str:
        """How much it matters."""
        ...

    @property
    def where(self) -> str:
        """What it is about, a file for one."""
        ...

    @property
    def sentence(self) -> str:
        """What was found, and what to do about it."""
        ...


class BaseDataset(Dataset[Item], abc.ABC):
    """Base of the datasets: subclasses give what is abstract here."""

    @property
    @abc.abstractmethod
    def nx(self) -> int:
        """Input samples per output sample: the receptive field of the net that is trained."""

    @property
    @abc.abstractmethod
    def ny(self) -> int:
        """Output samples of an item."""

    @property
    @abc.abstractmethod
    def sample_rate(self) -> float | None:
        """In Hz, or None where it is not known."""

    @abc.abstractmethod
    def __len__(self) -> int:
        """Count the items."""

    @abc.abstractmethod
    def __getitem__(self, index: int) -> Item:
        """Give one item."""

    @classmethod
    @abc.abstractmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> BaseDataset:
        """Make a dataset from its entry in the data config, ``common`` merged below it and ``nx`` added."""

    @classmethod
    def check_headers(cls, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """
        Check an entry as far as that costs nothing, before anything is built.

        :raises nam_kernel.errors.UserError: with what is wrong
        """
        return {}

    @property
    def nbytes(self) -> int:
        """The bytes that ``serve_from`` would take on a device; 0 for a dataset that cannot."""
        return 0

    def serve_from(self, device: torch.device) -> None:
        """Keep a copy of the samples on ``device`` and give items from there, if this kind of dataset can."""

    def lowest_esr(self) -> float | None:
        """Say which ESR the noise of the recording allows at best, or None where it is not known."""
        return None

    @staticmethod
    def look(train: Any, validation: Any | None) -> Sequence[Finding]:
        """Look at the recordings of a run for what would go wrong later; asked once, of the first dataset."""
        return ()

    @staticmethod
    def apply_joint(entries: Sequence[Mapping[str, Any]], train: Any, validation: Any | None) -> object:
        """
        Change training and validation data together, as the ``joint`` of the data config says.

        :raises DataError: when this kind of dataset knows no such change
        """
        raise DataError("'joint' is not known to this kind of dataset; leave it out of the data config")

    def handshake(self, net: Any) -> None:
        """
        Refuse a net that cannot be trained on this.

        :raises nam_kernel.errors.HandshakeError: with the reason
        """

    def teardown(self) -> None:
        """Let go of what the dataset holds; called at the end of a run whatever happens."""


class ConcatDataset(BaseDataset):
    """
    Several datasets, one after the other.

    Their items may differ in length (whole recordings do); then no two of them fit into one batch.

    :raises DataError: when they disagree on nx or the sample rate, so that no net fits all
    """

    def __init__(self, datasets: Sequence[Any]) -> None:
        if not datasets:
            raise DataError("the list of datasets is empty; name at least one")
        self.datasets = tuple(datasets)
        self._ends = list(accumulate(len(d) for d in self.datasets))
        for name, unit in (("nx", "samples"), ("sample_rate", "Hz")):
            self._agree(name, unit)

    @property
    def nx(self) -> int | None:  # type: ignore[override]
        """Of each of them that says it; None when none does."""
        return next((int(d.nx) for d in self.datasets if getattr(d, "nx", None)), None)

    @property
    def ny(self) -> int:
        """Of the one with the longest items."""
        return int(max(getattr(d, "ny", None) or 0 for d in self.datasets))

    @property
    def sample_rate(self) -> float | None:
        """Of each of them that says it."""
        return next((d.sample_rate for d in self.datasets if getattr(d, "sample_rate", None)), None)

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> ConcatDataset:
        """Take built datasets under ``"datasets"``; the kernel makes this from a list in the config."""
        return cls(config["datasets"])

    def __len__(self) -> int:
        return self._ends[-1]

    def __getitem__(self, index: int) -> Item:
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(f"item {index} of {len(self)}")
        which = bisect_right(self._ends, index)
        first = self._ends[which - 1] if which else 0
        item: Item = self.datasets[which][index - first]
        return item

    def handshake(self, net: Any) -> None:
        """Let each refuse the net."""
        for dataset in self.datasets:
            if hasattr(dataset, "handshake"):
                dataset.handshake(net)

    def teardown(self) -> None:
        """Tear each down, also when another one's fails."""
        teardown_all(self.datasets)

    def _agree(self, name: str, unit: str) -> None:
        values = [getattr(d, name, None) for d in self.datasets]
        if len(set(values) - {None}) > 1:
            told = ", ".join(f"[{i}] {v}" for i, v in enumerate(values))
            raise DataError(f"the datasets of the list disagree on {name} ({told}, in {unit}); give them one {name}")


def leaves(dataset: Any) -> list[Any]:
    """List the datasets that a dataset is made of, itself when it is one."""
    if isinstance(dataset, ConcatDataset):
        return [leaf for part in dataset.datasets for leaf in leaves(part)]
    return [] if dataset is None else [dataset]


def unpack_batch(batch: Sequence[Any]) -> tuple[Tensor, tuple[Tensor, ...], Tensor]:
    """
    Sort a batch, of either form, into input, conditions and target.

    :return: x (B, L + nx - 1), the conditions, y (B, L)
    """
    if len(batch) == 2 and isinstance(batch[1], (tuple, list)):
        x, (y, *conditions) = batch
    else:
        x, *conditions, y = batch
    return x, tuple(conditions), y


def teardown_all(datasets: Iterable[Any]) -> None:
    """Call every ``teardown``; the first error is raised once all were called."""
    first: BaseException | None = None
    for dataset in datasets:
        try:
            getattr(dataset, "teardown", lambda: None)()
        except Exception as error:
            first = first or error
    if first is not None:
        raise first
