"""How long a training will be, and where it will run; before it starts, from the config alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from nam_kernel.interfaces import Job
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.devices import process_count
from nam_plugin_lightning.framework import pl

DEFAULT_EPOCHS = 100
"""Epochs of a training that nothing else limits."""


def planned_epochs(trainer: Mapping[str, Any]) -> int | None:
    """
    Return the number of epochs after which a training ends, or None where something else ends it.

    :param trainer: parameters of Lightning's ``Trainer``
    """
    if trainer.get("fast_dev_run"):
        return 1
    given = trainer.get("max_epochs")
    if given is not None:
        return None if given == -1 else int(given)
    return None if most_steps(trainer) is not None or trainer.get("max_time") is not None else DEFAULT_EPOCHS


def steps_per_epoch(items: int, config: LightningConfig) -> int:
    """
    Return the number of optimizer steps of an epoch.

    :param items: of the training data
    """
    return math.ceil(batches_per_epoch(items, config) / (config.trainer.get("accumulate_grad_batches") or 1))


def batches_per_epoch(items: int, config: LightningConfig) -> int:
    """Return the number of training batches of an epoch, in each process."""
    share = math.ceil(items / process_count(config.trainer))
    loader, trainer = config.train_dataloader, config.trainer
    size = loader.get("batch_size", 1) or 1
    batches = share // size if loader.get("drop_last") else math.ceil(share / size)
    # For the first two 0 means off, and True one batch; a float is a share of the batches.
    limits = (trainer.get("fast_dev_run") or None, trainer.get("overfit_batches") or None)
    for limit in (*limits, trainer.get("limit_train_batches")):
        if limit is not None:
            batches = min(batches, int(limit)) if isinstance(limit, int) else int(batches * limit)
    return batches


def first_validation(items: int, config: LightningConfig) -> int:
    """Return the epoch, counted from 1, at whose end there has been a validation."""
    every, interval = config.trainer.get("check_val_every_n_epoch", 1), config.trainer.get("val_check_interval")
    if every is not None:
        return int(every)
    if not isinstance(interval, int):
        return 1
    return max(1, math.ceil(interval / max(1, batches_per_epoch(items, config))))


def planned_steps(items: int, config: LightningConfig) -> int | None:
    """Return the number of optimizer steps of a training, or None where it is open."""
    epochs, most = planned_epochs(config.trainer), most_steps(config.trainer)
    if epochs is None:
        return most
    total = steps_per_epoch(items, config) * epochs
    return total if most is None else min(total, most)


def plan_rows(job: Job, config: LightningConfig) -> list[tuple[str, str]]:
    """Return steps and device as rows (label, value) for people."""
    return [("steps", _steps(len(job.train), config)), ("device", device_of(config.trainer))]


def device_of(trainer: Mapping[str, Any]) -> str:
    """
    Return the kind of device on which a training would run, and the number of processes if it is more than one.

    :param trainer: parameters of Lightning's ``Trainer``
    """
    asked = str(trainer.get("accelerator") or "auto")
    kind = asked if asked not in ("auto", "gpu") else _best_device()
    devices = trainer.get("devices")
    which = f":{devices[0]}" if isinstance(devices, list) and len(devices) == 1 and kind == "cuda" else ""
    count = process_count(trainer)
    precision = trainer.get("precision")
    return (
        f"{kind}{which}"
        + (f", {count} processes" if count > 1 else "")
        + (f", precision {precision}" if precision is not None else "")
    )


def expected_end(trainer: pl.Trainer) -> tuple[int | None, int | None]:
    """Return the numbers of epochs and of optimizer steps at the end of a running training, None where it is open."""
    epochs, steps = trainer.max_epochs, trainer.estimated_stepping_batches
    return (epochs if epochs is not None and epochs > 0 else None, None if steps in (-1, float("inf")) else int(steps))


def _steps(items: int, config: LightningConfig) -> str:
    each, epochs, most = steps_per_epoch(items, config), planned_epochs(config.trainer), most_steps(config.trainer)
    told = f"{each} per epoch"
    if epochs is not None:
        told += f", {planned_steps(items, config)} in {epochs} epoch{'s' * (epochs != 1)}"
        if config.trainer.get("max_epochs") is None and epochs == DEFAULT_EPOCHS:
            told += ", the default"
    elif most is not None:
        told += f", {most} in all"
    elif config.trainer.get("max_time") is None:
        told += ", without an end"
    if config.trainer.get("max_time") is not None:
        told += f", for {config.trainer['max_time']} at most"
    return told


def most_steps(trainer: Mapping[str, Any]) -> int | None:
    """Return the number of optimizer steps after which a training ends, or None where something else ends it."""
    given = trainer.get("max_steps")
    return None if given in (None, -1) else int(given)


def _best_device() -> str:
    """Return the kind that Lightning chooses for ``"auto"``."""
    if torch.backends.mps.is_available():
        return "mps"
    return "cuda" if torch.cuda.is_available() else "cpu"
