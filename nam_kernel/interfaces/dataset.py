"""
What a dataset is: items of aligned input and output, each with the history that the net needs.

An item is ``(x, *conditions, y)``, or in the nested form ``(x, (y, *conditions))``; ``x`` has ``nx - 1``
samples more than ``y``, so that every sample of ``y`` can be predicted from ``nx`` samples of ``x``.
"""

from __future__ import annotations

import abc
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.data import Dataset

from nam_kernel.components import Condition
from nam_kernel.errors import DataError, NamKernelError, UserError, owned_by

_log = logging.getLogger(__name__)

Item = tuple[Any, ...]


class Batch(NamedTuple):
    """
    A batch, or without its first dimension an item, of either form.

    :param x: (B, L + nx - 1)
    :param conditions: one tensor for each condition: (B,) constants, or (B, L + nx - 1)
    :param y: (B, L)
    """

    x: Tensor
    conditions: tuple[Tensor, ...]
    y: Tensor


class BaseDataset(Dataset[Item], abc.ABC):
    """
    Base of the datasets: subclasses define what is abstract here.

    A class may have a class method ``check_headers(config, nx=...)``, which raises a ``UserError`` for what is wrong
    with an entry as far as that can be known without reading the recordings.
    """

    @property
    @abc.abstractmethod
    def nx(self) -> int | None:
        """Input samples per output sample: the receptive field of the net that is trained."""

    @property
    @abc.abstractmethod
    def ny(self) -> int | None:
        """Output samples of an item, or None where items differ or nobody knows."""

    @property
    @abc.abstractmethod
    def sample_rate(self) -> float | None:
        """In Hz, or None where it is not known."""

    @abc.abstractmethod
    def __len__(self) -> int:
        """Return the number of items."""

    @abc.abstractmethod
    def __getitem__(self, index: int) -> Item:
        """Return one item."""

    @classmethod
    @abc.abstractmethod
    def init_from_config(cls, config: Any, *, nx: int) -> BaseDataset:
        """
        Return a new dataset.

        :param config: the entry of the data config, ``common`` merged below it: an instance of the model that the
            dataset's record names
        :param nx: the receptive field of the net, in samples
        """

    @property
    def conditions(self) -> tuple[Condition, ...] | None:
        """
        The knobs and switches that the items have beside the audio, in their order.

        None leaves them undeclared: the kernel counts them on the first item.
        """
        return None

    @property
    def nbytes(self) -> int:
        """The bytes that ``serve_from`` would take on a device; 0 for a dataset that cannot."""
        return 0

    def serve_from(self, device: torch.device) -> None:
        """Keep a copy of the samples on ``device`` and serve items from there, if this kind of dataset can."""

    def scale_output(self, factor: float) -> None:
        """
        Multiply every ``y`` by a factor, for a training at another level.

        To be called by ``nam_kernel.run.Prepared.scale_output`` only, which has every export undo it.

        :raises UserError: when this kind of dataset cannot
        """
        raise UserError(f"a {type(self).__name__} cannot change the level of its output (it has no scale_output)")

    def fingerprint(self) -> Mapping[str, str | int | float] | None:
        """
        Return what identifies the recordings that were read, by name: a file's hash, its length and rate.

        A run records it, and is resumed only with the same recordings. None where nothing identifies them.
        """
        return None

    def handshake(self, net: Any) -> None:
        """
        Refuse a net that cannot be trained on this.

        :raises nam_kernel.errors.HandshakeError: with the reason
        """

    def teardown(self) -> None:
        """Release what the dataset holds; called at the end of a run whatever happens."""


class ConcatDataset(torch.utils.data.ConcatDataset[Item], BaseDataset):
    """
    Several datasets, one after the other.

    Their items may differ in length (whole recordings do); then no two of them fit into one batch.

    :raises DataError: when they disagree on nx or the sample rate, so that no net fits all
    """

    datasets: list[Any]

    def __init__(self, datasets: Sequence[Any]) -> None:
        if not datasets:
            raise DataError("the list of datasets is empty; name at least one")
        super().__init__(datasets)
        for name, unit in (("nx", "samples"), ("sample_rate", "Hz")):
            self._agree(name, unit)

    @property
    def nx(self) -> int | None:
        """That of all of them; None where none states it."""
        return next((int(d.nx) for d in self.datasets if getattr(d, "nx", None)), None)

    @property
    def ny(self) -> int | None:
        """That of the one with the longest items."""
        return max((int(d.ny) for d in self.datasets if getattr(d, "ny", None)), default=None)

    @property
    def sample_rate(self) -> float | None:
        """That of all of them; None where none states it."""
        return next((d.sample_rate for d in self.datasets if getattr(d, "sample_rate", None)), None)

    @property
    def conditions(self) -> tuple[Condition, ...] | None:
        """Those of the first; the kernel brings the items of all into one order."""
        declared: tuple[Condition, ...] | None = getattr(self.datasets[0], "conditions", None)
        return declared

    @classmethod
    def init_from_config(cls, config: Any, *, nx: int = 1) -> ConcatDataset:
        """Return the built datasets under ``"datasets"`` as one; the kernel makes it of a list in the config."""
        return cls(config["datasets"])

    def scale_output(self, factor: float) -> None:
        """Multiply the output of each."""
        for dataset in self.datasets:
            dataset.scale_output(factor)

    def handshake(self, net: Any) -> None:
        """Have each refuse the net."""
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


def flatten(dataset: BaseDataset | None) -> list[BaseDataset]:
    """Return the datasets that a dataset is made of, itself when it is one."""
    if isinstance(dataset, ConcatDataset):
        return [single for part in dataset.datasets for single in flatten(part)]
    return [] if dataset is None else [dataset]


def unpack_batch(batch: Sequence[Any]) -> Batch:
    """Return a batch or an item, of either form, sorted into input, conditions and target."""
    if len(batch) == 2 and isinstance(batch[1], (tuple, list)):
        x, (y, *conditions) = batch
    else:
        x, *conditions, y = batch
    return Batch(x, tuple(conditions), y)


def teardown_all(datasets: Iterable[Any]) -> None:
    """Call every ``teardown``; one that fails is named in a warning, since everything else is done by then."""
    for dataset in datasets:
        try:
            with owned_by(f"the teardown of {type(dataset).__name__}"):
                getattr(dataset, "teardown", lambda: None)()
        except NamKernelError as error:
            _log.warning("%s", error)
