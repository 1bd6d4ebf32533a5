"""The training engine: from a job to its fit."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from nam_kernel.config import ModelConfig
from nam_kernel.errors import Problem
from nam_kernel.interfaces import BaseTrainer, Finding, Fit, Job, Observer
from nam_plugin_lightning.assembly import make_callbacks, make_module, make_trainer
from nam_plugin_lightning.callbacks import SignalHandler, Stopped
from nam_plugin_lightning.checks import learning_problems, model_problems, unbatchable
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.data import served_from, train_loader, validation_loader
from nam_plugin_lightning.failures import explained
from nam_plugin_lightning.launch import Assignment, other_processes, process_count
from nam_plugin_lightning.ledger import Ledger
from nam_plugin_lightning.module import NamModule
from nam_plugin_lightning.plan import plan_rows
from nam_plugin_lightning.quiet import framework_to_file
from nam_plugin_lightning.session import Session


class LightningTrainer(BaseTrainer):
    """
    Trains with PyTorch Lightning.

    A subclass may return another module from ``module``; everything else works with it as it does here, with several
    processes too, which all run the subclass.
    """

    measures = ("MSE", "ESR")

    def __init__(self, config: LightningConfig | None = None) -> None:
        self.config = config or LightningConfig()
        self._device = "cpu"

    @classmethod
    def init_from_config(cls, config: LightningConfig) -> LightningTrainer:
        """Return the engine with its part of the learning config."""
        return cls(config)

    def problems(self, model: ModelConfig) -> Sequence[tuple[Literal["model", "learning"], Problem]]:
        """Return what is wrong with optimizer, scheduler, data loaders and trainer."""
        return [
            *(("model", problem) for problem in model_problems(model)),
            *(("learning", problem) for problem in learning_problems(self.config)),
        ]

    def findings(self, job: Job) -> Iterator[Finding]:
        """Yield why the data cannot be served in batches."""
        yield from unbatchable(job, self.config)

    def plan(self, job: Job) -> Sequence[tuple[str, str]]:
        """Return the number of steps, and the device."""
        return plan_rows(job, self.config)

    def fit(self, job: Job, directory: Path, observe: Observer, *, resume: bool = False) -> Fit:
        """
        Train.

        :raises nam_kernel.errors.TrainingError: when the training diverged before its first validation, when
            memory ran out, or when a process that it needs died
        """
        began = time.monotonic()
        log = directory / "training.log" if _is_first_process() else Path(os.devnull)
        with framework_to_file(log), SignalHandler(watch=_is_first_process()) as signals, explained():
            session = Session(job, self.config, directory, observe, signals)
            try:
                with signals.armed():
                    self._train(session, resume)
            except Stopped:
                pass
            session.ledger.restore(job.net)
        job.net.cpu().eval()
        return _fit_of(session, time.monotonic() - began, self._device)

    def module(self, job: Job, ledger: Ledger) -> NamModule:
        """Return the module that Lightning trains; a subclass may return another one."""
        return make_module(job, ledger)

    def _train(self, session: Session, resume: bool) -> None:
        job, config, ledger = session.job, session.config, session.ledger
        session.checkpoints.mkdir(exist_ok=True)
        session.load_start(resume=resume)
        with other_processes(process_count(config.trainer), Assignment(self, job, session.directory, resume)):
            trainer = make_trainer(session, make_callbacks(session))
            device = trainer.strategy.root_device
            self._device = str(device)
            given = (job.train, config.train_dataloader), (job.validation, config.val_dataloader)
            with served_from(device, *given) as (train_options, validation_options):
                train = train_loader(
                    job.train,
                    train_options,
                    seed=job.seed,
                    epoch=ledger.epochs,
                    rank=trainer.global_rank,
                    replicas=trainer.world_size,
                )
                validation = validation_loader(job.validation, validation_options) if session.validates else None
                trainer.fit(self.module(job, ledger), train, validation)


def _fit_of(session: Session, seconds: float, device: str) -> Fit:
    ledger = session.ledger
    return Fit(
        net=session.job.net,
        metrics=ledger.metrics,
        outputs=ledger.outputs,
        history=tuple(ledger.history),
        best_epoch=ledger.best_epoch,
        epochs=ledger.epochs,
        interrupted=session.signals.received,
        stopped=ledger.stopped,
        seconds=seconds,
        device=device,
    )


def _is_first_process() -> bool:
    return os.environ.get("LOCAL_RANK", "0") == "0"
