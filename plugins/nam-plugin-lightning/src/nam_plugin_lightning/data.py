"""
The data loaders, and the order of the items.

The order of an epoch is a function of the seed and the epoch's number, so that a resumed run sees what the
uninterrupted one would have seen.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sized
from typing import Any

import torch
from torch.utils.data import Sampler

from nam_kernel.errors import DataError
from nam_kernel.interfaces import flatten
from nam_plugin_lightning.blame import blamed_on, name_of
from nam_plugin_lightning.items import Loader, Served, collate_items, convert_item
from nam_plugin_lightning.keywords import without_notes
from nam_plugin_lightning.workers import start_worker

OF_WORKERS = ("num_workers", "prefetch_factor", "persistent_workers", "multiprocessing_context", "timeout")
"""The parameters of a loader that mean something only where it has workers."""


class EpochSampler(Sampler[int]):
    """
    Serves the items of an epoch, shuffled or not, or the share of one process among several.

    :param seed: of the run
    :param epoch: the first one, counted from 0; Lightning calls ``set_epoch`` before each
    :param rank: of this process among ``replicas``; each gets the same number of items, so that none waits
    """

    def __init__(
        self, data: Sized, *, seed: int, shuffle: bool, epoch: int = 0, rank: int = 0, replicas: int = 1
    ) -> None:
        self.data = data
        self.seed = seed
        self.shuffle = shuffle
        self.rank = rank
        self.replicas = replicas
        self.generator = torch.Generator()
        self.set_epoch(epoch)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch; also seeds the generator from which the loader's workers take their seeds."""
        self.epoch = epoch
        self.generator.manual_seed(epoch_seed(self.seed, epoch))

    def __len__(self) -> int:
        return -(-len(self.data) // self.replicas)

    def __iter__(self) -> Iterator[int]:
        order = list(range(len(self.data)))
        if self.shuffle:
            shuffler = torch.Generator().manual_seed(epoch_seed(self.seed, self.epoch))
            order = torch.randperm(len(self.data), generator=shuffler).tolist()
        shares = range(self.rank, len(self) * self.replicas, self.replicas)
        return iter([order[index % len(order)] for index in shares])


def epoch_seed(seed: int, epoch: int) -> int:
    """Return a seed of 31 bits mixed of the run's seed and the epoch's number, different for every pair in practice."""
    mixed = (seed * 0x9E3779B97F4A7C15 + (epoch + 1) * 0xBF58476D1CE4E5B9) % 2**64
    mixed ^= mixed >> 31
    mixed = mixed * 0x94D049BB133111EB % 2**64
    return mixed >> 33


def train_loader(
    dataset: Any, options: Mapping[str, Any], *, seed: int, epoch: int = 0, rank: int = 0, replicas: int = 1
) -> Loader:
    """
    Return the loader of the training items.

    :param options: the ``train_dataloader`` of the learning config
    :param epoch: the first one that it will be asked for, counted from 0
    :raises DataError: when there is not one batch
    """
    settings, dataset = _settings(options), Served(dataset)
    sampler = EpochSampler(
        dataset, seed=seed, shuffle=bool(settings.pop("shuffle", False)), epoch=epoch, rank=rank, replicas=replicas
    )
    empty = empty_epoch(len(sampler), options)
    if empty is not None:
        raise DataError("; ".join(empty))
    return Loader(dataset, sampler=sampler, generator=sampler.generator, **settings)


def empty_epoch(items: int, options: Mapping[str, Any]) -> tuple[str, str] | None:
    """
    Return why no batch is full, and the remedy; None when there is one.

    :param items: of an epoch, in one process
    :param options: the ``train_dataloader`` of the learning config
    """
    size = options.get("batch_size", 1)
    if not options.get("drop_last") or size is None or items >= size:
        return None
    return (
        f"the training data has {items} items and train_dataloader.drop_last drops the batch of "
        f"{size} that they do not fill, so nothing is left to train on",
        "use a smaller batch_size, a smaller ny, or more data",
    )


def validation_loader(dataset: Any, options: Mapping[str, Any]) -> Loader:
    """Return the loader of the validation items, in their order; every process validates all of them."""
    settings = {**_settings(options), "shuffle": False}
    return Loader(Served(dataset), generator=torch.Generator(), **settings)


def in_one_process(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a loader without its workers and what belongs to them."""
    return {key: value for key, value in options.items() if key not in OF_WORKERS and key != "pin_memory"}


@contextlib.contextmanager
def served_from(device: torch.device, *given: tuple[Any, Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """
    Have datasets serve their items from the memory of a GPU while the block runs, where they fit into half of it.

    A batch then costs a copy within that memory instead of one across the bus.

    :param given: pairs of a dataset, or None, and the options of its loader
    :return: the options, without ``pin_memory`` for a dataset that is on the device
    """
    moved: list[Any] = []
    options = []
    for dataset, option in given:
        parts = [part for part in flatten(dataset) if getattr(part, "nbytes", 0)]
        fits = bool(parts) and not option.get("num_workers") and sum(p.nbytes for p in parts) < free_memory(device) / 2
        for part in parts if fits else ():
            moved.append(part)
            with blamed_on(f"the dataset {name_of(part)}, asked to serve from {device},"):
                part.serve_from(device)
        options.append({k: v for k, v in option.items() if k != "pin_memory"} if fits else option)
    try:
        yield options
    finally:
        for part in moved:
            part.serve_from(torch.device("cpu"))


def free_memory(device: torch.device) -> int:
    """Return the free bytes of a GPU; 0 for every other device, where nothing is gained."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else 0


def _settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options completed: memory is pinned only for a GPU, and workers stay from epoch to epoch."""
    settings = without_notes(options)
    settings["collate_fn"] = convert_item if settings.get("batch_size", 1) is None else collate_items
    if settings.get("pin_memory") and not torch.cuda.is_available():
        del settings["pin_memory"]
    if settings.get("num_workers"):
        settings.setdefault("persistent_workers", True)
        settings["worker_init_fn"] = start_worker
    return settings
