"""
Serve the items of a dataset such that whatever it raises, in whichever process, is told as its failure.

An exception that leaves a worker comes back with a traceback for a message, and ``StopIteration`` and ``SystemExit``
do not come back at all. Here a failure travels in the place of the batch, and is raised where the batch is asked for.
"""

from __future__ import annotations

import pickle
import traceback
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate, default_convert
from typing_extensions import override

from nam_kernel import errors
from nam_kernel.errors import PluginError, TrainingError
from nam_kernel.interfaces import ConcatDataset
from nam_plugin_lightning.blame import Stopped, blamed_on, is_out_of_memory, name_of, told
from nam_plugin_lightning.workers import deaf_children


class Failure:
    """
    What was raised, in the place of the batch.

    :param title: who failed, as messages call it
    """

    def __init__(self, error: BaseException, title: str = "") -> None:
        self.message = f"{title}: {told(error)}"
        self.trace = "".join(traceback.format_exception(error))
        self.out_of_memory = is_out_of_memory(error)
        # Only a kind that every process can import may be sent to another one.
        self.known = error if type(error).__module__ == errors.__name__ else None

    def to_raise(self) -> BaseException:
        """Return the exception that tells it."""
        if self.known is not None:
            return self.known
        error = MemoryError(self.message) if self.out_of_memory else PluginError(self.message)
        error.__cause__ = RuntimeError(self.trace)
        return error


class Served(Dataset[Any]):
    """A dataset whose failures are items."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        with blamed_on(f"the length of the dataset {name_of(self.dataset)}"):
            return len(self.dataset)

    def __getitem__(self, index: int) -> Any:
        try:
            return self.dataset[index]
        except Stopped:
            raise
        except BaseException as error:
            return Failure(error, f"the dataset {name_of(owner(self.dataset, index))} failed at item {index}")

    def __getitems__(self, indices: Sequence[int]) -> Any:
        """Return the items of a batch, gathered by the dataset where it can do that at once."""
        gather = getattr(self.dataset, "__getitems__", None)
        if gather is None:
            items = [self[index] for index in indices]
            return next((item for item in items if isinstance(item, Failure)), items)
        try:
            return gather(indices)
        except Stopped:
            raise
        except BaseException as error:
            return Failure(error, f"the dataset {name_of(self.dataset)} failed at items {', '.join(map(str, indices))}")


class Loader(DataLoader[Any]):
    """A data loader that raises the failures of its dataset."""

    @override
    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        return _Batches(super().__iter__() if not self.num_workers else self._from_workers())

    def _from_workers(self) -> Iterator[Any]:
        """Return the batches; where no worker starts, the failure, because Lightning would fail over an error here."""
        try:
            with deaf_children():
                return super().__iter__()
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            return iter([Failure(PluginError(unsendable(self.dataset, error)))])
        except OSError as error:
            advice = "its own message is above; num_workers: 0 in the dataloaders does without workers"
            return iter(
                [Failure(TrainingError(f"a worker of the data loader did not start ({told(error)}); {advice}"))]
            )


class _Batches(Iterator[Any]):
    def __init__(self, batches: Iterator[Any]) -> None:
        self._batches = batches

    def __next__(self) -> Any:
        batch = next(self._batches)
        if isinstance(batch, Failure):
            raise batch.to_raise()
        return batch


def collate_items(items: Any) -> Any:
    """Return the items as a batch, or the failure that is among them."""
    return _collated(items, default_collate)


def convert_item(item: Any) -> Any:
    """Return an item that is a batch by itself, or its failure."""
    return _collated(item, default_convert)


def owner(dataset: Any, index: int) -> Any:
    """Return the dataset that an item comes from, where several stand one after the other."""
    while isinstance(dataset, ConcatDataset):
        part = min(bisect_right(dataset.cumulative_sizes, index), len(dataset.datasets) - 1)
        index -= dataset.cumulative_sizes[part - 1] if part else 0
        dataset = dataset.datasets[part]
    return dataset


def unsendable(dataset: Any, error: BaseException) -> str:
    """Return why a dataset has no place in a worker that starts afresh, in a sentence for the user."""
    inner = dataset.dataset if isinstance(dataset, Served) else dataset
    return (
        f"the dataset {name_of(inner)} cannot be sent to the workers of a data loader ({told(error)}); set num_workers "
        "to 0 in the dataloaders of the learning config, or define what it holds at the level of a module"
    )


def _collated(items: Any, collate: Any) -> Any:
    if isinstance(items, Failure):
        return items
    try:
        with torch.no_grad():
            return _detached(collate(items))
    except Stopped:
        raise
    except BaseException as error:
        return Failure(error, "the items of the dataset fit into no batch")


def _detached(batch: Any) -> Any:
    """Return a batch that no gradient flows through, because one that does cannot leave a worker."""
    if isinstance(batch, (list, tuple)):
        return [_detached(part) for part in batch]
    return batch.detach() if isinstance(batch, Tensor) and batch.requires_grad else batch
