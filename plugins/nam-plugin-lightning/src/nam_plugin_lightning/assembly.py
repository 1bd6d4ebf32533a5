"""Put together what Lightning needs: the module, the callbacks, and the trainer with our defaults."""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Checkpoint
from pytorch_lightning.loggers import TensorBoardLogger

from nam_kernel import plugins
from nam_kernel.errors import PluginError
from nam_kernel.interfaces import Job
from nam_plugin_lightning.callbacks import (
    BestCheckpoint,
    Divergence,
    MetricsCsv,
    ProgressLine,
    Resumption,
    RunningLoss,
    Stopping,
)
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.instances import make_all
from nam_plugin_lightning.keywords import without_notes
from nam_plugin_lightning.ledger import Ledger
from nam_plugin_lightning.module import NamModule
from nam_plugin_lightning.optimizers import make_optimizers
from nam_plugin_lightning.plan import planned_epochs
from nam_plugin_lightning.session import Session


def make_module(job: Job, ledger: Ledger) -> NamModule:
    """Return the module that Lightning trains."""
    model = job.model
    optimizers = partial(make_optimizers, optimizer=model.optimizer, scheduler=model.lr_scheduler)
    return NamModule(job.net, job.losses, optimizers, job.val_loss, job.mask_first, ledger)


def further_callbacks(job: Job, config: LightningConfig) -> list[pl.Callback]:
    """
    Return the callbacks that plugins bring, then those that ``trainer.callbacks`` names.

    :raises PluginError: when a plugin's ``nam_lightning_callbacks`` fails, or returns something else
    """
    brought: list[pl.Callback] = []
    for title, hook in plugins.current().each("nam_lightning_callbacks"):
        answer = hook(job=job, config=config)
        if not isinstance(answer, (list, tuple)) or not all(isinstance(c, pl.Callback) for c in answer):
            raise PluginError(
                f"{title}: its nam_lightning_callbacks returned {answer!r}, not a list of pytorch_lightning.Callback"
            )
        brought += answer
    return brought + make_all(config.trainer.get("callbacks"))


def make_callbacks(session: Session) -> list[pl.Callback]:
    """Return the callbacks: those of plugins and of the config, then the engine's in the order of their work."""
    config, ledger = session.config, session.ledger
    running_loss = RunningLoss()
    return [
        *further_callbacks(session.job, config),
        session.signals,
        Resumption(session.job.seed, session.state, ledger.epochs),
        running_loss,
        BestCheckpoint(ledger, session.checkpoints, session.observe, session.signals, session.validates),
        Divergence(ledger, running_loss, config.on_divergence),
        Stopping(ledger, config.target_esr, config.patience),
        MetricsCsv(ledger, running_loss, session.directory / "metrics.csv", ledger.epochs),
        *([] if config.trainer.get("enable_progress_bar") else [ProgressLine(ledger, running_loss)]),
    ]


def make_trainer(session: Session, callbacks: list[pl.Callback]) -> pl.Trainer:
    """Return Lightning's trainer: as the config has it, and otherwise with one device, 100 epochs, and quiet."""
    given = without_notes(session.config.trainer)
    epochs = planned_epochs(given)
    defaults = {
        "accelerator": "auto",
        "devices": "auto" if given.get("strategy", "auto") != "auto" else 1,
        "num_sanity_val_steps": 0,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "enable_checkpointing": any(isinstance(callback, Checkpoint) for callback in callbacks),
        "default_root_dir": session.directory,
    }
    settings = {**defaults, **given}
    settings["max_epochs"] = -1 if epochs is None else epochs
    settings["logger"] = _loggers(given.get("logger", True), session.directory)
    settings["callbacks"] = callbacks
    settings["use_distributed_sampler"] = False
    return pl.Trainer(**settings)


def _loggers(given: Any, directory: Path) -> Any:
    """Return the loggers that the config names; by default TensorBoard's, where it is installed."""
    if not isinstance(given, bool) and given is not None:
        return make_all(given)
    if given is False or importlib.util.find_spec("tensorboard") is None:
        return False
    return TensorBoardLogger(directory, name="tensorboard", version="")
