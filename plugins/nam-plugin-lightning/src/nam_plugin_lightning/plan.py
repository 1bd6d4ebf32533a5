"""How long a training will be, and where it will run; before it starts, from the config alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from nam_kernel.interfaces import Job
from nam_plugin_lightning.framework import pl
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.launch import process_count

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
    return None if _max_steps(trainer) is not None or trainer.get("max_time") is not None else DEFAULT_EPOCHS


def steps_per_epoch(items: int, config: LightningConfig) -> int:
    """
    Return the number of optimizer steps of an epoch.

    :param items: of the training data
    """
    share = math.ceil(items / process_count(config.trainer))
    loader, trainer = config.train_dataloader, config.trainer
    size = loader.get("batch_size", 1) or 1
    batches = share // size if loader.get("drop_last") else math.ceil(share / size)
    # For the first two 0 means off, and True one batch; a float is a share of the batches.
    limits = (trainer.get("fast_dev_run") or None, trainer.get("overfit_batches") or None)
    for limit in (*limits, trainer.get("limit_train_batches")):
        if limit is not None:
            batches = min(batches, int(limit)) if isinstance(limit, int) else int(batches * limit)
    return math.ceil(batches / (trainer.get("accumulate_grad_batches") or 1))


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
    each, epochs, most = steps_per_epoch(items, config), planned_epochs(config.trainer), _max_steps(config.trainer)
    told = f"{each} per epoch"
    if epochs is not None:
        total = each * epochs if most is None else min(each * epochs, most)
        by_default = config.trainer.get("max_epochs") is None and epochs == DEFAULT_EPOCHS
        told += f", {total} in {epochs} epoch{'s' * (epochs != 1)}" + (", the default" if by_default else "")
    elif most is not None:
        told += f", {most} in all"
    if config.trainer.get("max_time") is not None:
        told += f", for {config.trainer['max_time']} at most"
    return told


def _max_steps(trainer: Mapping[str, Any]) -> int | None:
    given = trainer.get("max_steps")
    return None if given in (None, -1) else int(given)


def _best_device() -> str:
    """Return the kind that Lightning chooses for ``"auto"``."""
    if torch.backends.mps.is_available():
        return "mps"
    return "cuda" if torch.cuda.is_available() else "cpu"
