"""Put together what Lightning needs: the module, the callbacks, and the trainer with our defaults."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Checkpoint
from pytorch_lightning.loggers import TensorBoardLogger

from nam_kernel.errors import TrainingError
from nam_kernel.interfaces import Job
from nam_plugin_lightning.callbacks import (
    Divergence,
    Keeper,
    Line,
    Meter,
    Resumption,
    Signals,
    Stopping,
    Table,
)
from nam_plugin_lightning.instances import make_all
from nam_plugin_lightning.keywords import without_notes
from nam_plugin_lightning.ledger import Ledger
from nam_plugin_lightning.module import NamModule
from nam_plugin_lightning.optimizers import make_optimizers


def checkpoint_folder(directory: Path) -> Path:
    """Name the folder of the checkpoints in the folder of a run."""
    return directory / "checkpoints"


def make_module(job: Job, ledger: Ledger) -> NamModule:
    """Make the module that Lightning trains."""
    model = job.model
    optimizers = partial(make_optimizers, optimizer=model.optimizer, scheduler=model.lr_scheduler)
    return NamModule(job.net, job.losses, optimizers, job.val_loss, job.mask_first, ledger)


def make_callbacks(
    job: Job, ledger: Ledger, signals: Signals, state: Mapping[str, Any] | None, validates: bool
) -> list[pl.Callback]:
    """
    Make the callbacks: those that the plugins gave, then the engine's in the order of their work.

    :raises TrainingError: when a plugin gave something else
    """
    for callback in job.callbacks:
        if not isinstance(callback, pl.Callback):
            raise TrainingError(
                f"a plugin's nam_callbacks gave a {type(callback).__module__}.{type(callback).__qualname__}, "
                "which is no pytorch_lightning.Callback"
            )
    meter = Meter()
    learning = job.learning
    return [
        *job.callbacks,
        signals,
        Resumption(job.seed, state, ledger.epochs),
        meter,
        Keeper(ledger, checkpoint_folder(job.directory), job.improved, signals, validates),
        Divergence(ledger, meter, learning.on_divergence),
        Stopping(ledger, learning.target_esr, learning.patience),
        Table(ledger, meter, job.directory / "metrics.csv", ledger.epochs),
        *([] if learning.trainer.get("enable_progress_bar") else [Line(ledger, meter)]),
    ]


def make_trainer(job: Job, callbacks: list[pl.Callback]) -> pl.Trainer:
    """Make Lightning's trainer: what the config says, and otherwise one device, 100 epochs, and quiet."""
    given = without_notes(job.learning.trainer)
    limited = any(given.get(key) is not None for key in ("max_steps", "max_time"))
    defaults = {
        "max_epochs": -1 if limited else 100,
        "accelerator": "auto",
        "devices": "auto" if given.get("strategy", "auto") != "auto" else 1,
        "num_sanity_val_steps": 0,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "enable_checkpointing": any(isinstance(callback, Checkpoint) for callback in callbacks),
        "default_root_dir": job.directory,
    }
    settings = {**defaults, **given}
    settings["logger"] = _loggers(given.get("logger", True), job.directory)
    settings["callbacks"] = callbacks
    settings["use_distributed_sampler"] = False
    return pl.Trainer(**settings)


def _loggers(given: Any, directory: Path) -> Any:
    """Make the loggers that the config names; by default TensorBoard's, where it is installed."""
    if not isinstance(given, bool) and given is not None:
        return make_all(given)
    if given is False or importlib.util.find_spec("tensorboard") is None:
        return False
    return TensorBoardLogger(directory, name="tensorboard", version="")
