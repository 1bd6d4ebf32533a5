"""Put together what Lightning needs: the module, the callbacks, and the trainer; and blame each for what it raises."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from nam_kernel import plugins
from nam_kernel.errors import PluginError
from nam_kernel.interfaces import BaseDataset, Job, flatten
from nam_plugin_lightning.blame import blamed_on, guarded, name_of
from nam_plugin_lightning.callbacks import (
    BestCheckpoint,
    Divergence,
    MetricsCsv,
    ProgressLine,
    Resumption,
    RunningLoss,
    Sentry,
    Stopping,
)
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.framework import pl
from nam_plugin_lightning.instances import make_all
from nam_plugin_lightning.ledger import Ledger
from nam_plugin_lightning.module import NamModule
from nam_plugin_lightning.optimizers import high_rate, make_optimizers
from nam_plugin_lightning.session import Session
from nam_plugin_lightning.settings import completed, make_loggers

_HOOKS = [name for name, value in vars(pl.Callback).items() if callable(value) and not name.startswith("_")]
_OF_A_MODULE = [
    *(name for name, value in vars(pl.core.hooks.ModelHooks).items() if callable(value) and not name.startswith("_")),
    *("training_step", "validation_step", "configure_optimizers", "lr_scheduler_step", "on_save_checkpoint"),
]
_OF_A_LOGGER = ("log_metrics", "log_hyperparams", "log_graph", "save", "finalize", "after_save_checkpoint")


def make_module(job: Job, ledger: Ledger) -> NamModule:
    """Return the module that Lightning trains."""
    model = job.model
    optimizers = partial(make_optimizers, optimizer=model.optimizer, scheduler=model.lr_scheduler)
    module = NamModule(job.net, job.losses, optimizers, job.val_loss, job.mask_first, ledger)
    module.groups = groups_of(job.validation)
    return module


def groups_of(validation: BaseDataset | None) -> list[int]:
    """Return to which group each item belongs, as its dataset says with ``groups``; empty where none says it."""
    parts = flatten(validation)
    if not any(getattr(part, "groups", ()) for part in parts):
        return []
    groups: list[int] = []
    for part in parts:
        begin = 1 + max(groups, default=-1)
        groups += [begin + group for group in getattr(part, "groups", ()) or [0] * len(part)]
    return groups


def brought_callbacks(job: Job, config: LightningConfig) -> list[pl.Callback]:
    """
    Return the callbacks that plugins bring.

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
    return brought


def further_callbacks(job: Job, config: LightningConfig) -> list[pl.Callback]:
    """Return the callbacks that plugins bring, then those that ``trainer.callbacks`` names."""
    return brought_callbacks(job, config) + make_all(config.trainer.get("callbacks"))


def own_callbacks(session: Session) -> list[pl.Callback]:
    """Return the engine's callbacks in the order of their work, which is after that of all others."""
    config, ledger = session.config, session.ledger
    running_loss, high = RunningLoss(), high_rate(session.job.model)
    return [
        session.signals,
        Sentry(),
        Resumption(session.job.seed, session.state, ledger.epochs),
        running_loss,
        BestCheckpoint(ledger, session.checkpoints, session.observe, session.signals, session.validates, session.types),
        Divergence(ledger, running_loss, config.on_divergence, high),
        Stopping(ledger, config.target_esr, config.patience),
        MetricsCsv(ledger, running_loss, session.directory / "metrics.csv", ledger.epochs),
        *([ProgressLine(ledger, running_loss, session.style)] if session.shows else []),
    ]


@contextlib.contextmanager
def trainer_of(session: Session) -> Iterator[pl.Trainer]:
    """
    Yield Lightning's trainer, in the block blaming on each callback and logger what it raises.

    :raises PluginError: when one of them cannot be made
    """
    further = further_callbacks(session.job, session.config)
    loggers = make_loggers(session.config.trainer.get("logger", True), session.directory)
    given = session.config.trainer
    if session.shows and not any(isinstance(callback, pl.callbacks.ProgressBar) for callback in further):
        given = {**given, "enable_progress_bar": False}
    settings = completed(given, [*further, *own_callbacks(session)], session.directory)
    trainer = pl.Trainer(**settings | {"logger": loggers or False})
    with contextlib.ExitStack() as stack:
        for callback in {id(callback): callback for callback in further}.values():
            stack.enter_context(guarded(callback, f"the callback {type(callback).__name__}", _HOOKS, pl.Callback))
        for logger in loggers:
            title = f"the logger {type(logger).__name__}"
            stack.enter_context(guarded(logger, title, _OF_A_LOGGER, object))
            with blamed_on(title, writes=True):
                # Lightning asks for these where nobody can be blamed.
                _ = logger.name, logger.version, getattr(logger, "experiment", None)
        yield trainer


@contextlib.contextmanager
def guarded_module(module: Any) -> Iterator[None]:
    """Blame on a module of another plugin what it raises while the block runs; this engine's own blames its parts."""
    if type(module) is NamModule:
        yield
        return
    with guarded(module, f"the module {name_of(module)}", _OF_A_MODULE, NamModule):
        yield
