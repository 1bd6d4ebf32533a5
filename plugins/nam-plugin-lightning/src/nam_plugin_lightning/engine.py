"""The training engine: from a job to its fit."""

from __future__ import annotations

import contextlib
import copy
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import torch
from torch import nn

from nam_kernel.config import ModelConfig
from nam_kernel.errors import ConfigError, Problem, UserError
from nam_kernel.interfaces import BaseTrainer, Finding, Fit, Job, Observer
from nam_plugin_lightning.assembly import guarded_module, make_module, trainer_of
from nam_plugin_lightning.callbacks import SignalHandler, Stopped
from nam_plugin_lightning.callbacks.progress_line import Style
from nam_plugin_lightning.checks import job_findings, learning_problems, model_problems
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.data import served_from, train_loader, validation_loader
from nam_plugin_lightning.devices import process_count
from nam_plugin_lightning.failures import explained
from nam_plugin_lightning.launch import Assignment, other_processes
from nam_plugin_lightning.ledger import Ledger
from nam_plugin_lightning.module import NamModule
from nam_plugin_lightning.plan import plan_rows
from nam_plugin_lightning.precision import restore_types
from nam_plugin_lightning.quiet import LOG, framework_to_file
from nam_plugin_lightning.rehearsal import Rehearsal
from nam_plugin_lightning.schedule import schedule_findings
from nam_plugin_lightning.session import Session


class LightningTrainer(BaseTrainer):
    """
    Trains with PyTorch Lightning.

    A subclass may return another module from ``module``; everything else works with it as it does here, with several
    processes too, which all run the subclass.
    """

    measures = ("MSE", "ESR")
    shows_progress = True

    def __init__(self, config: LightningConfig | None = None) -> None:
        self.config = config or LightningConfig()
        self.extended = False
        self.style: Style = None
        self._device = "cpu"

    @classmethod
    def init_from_config(cls, config: LightningConfig) -> LightningTrainer:
        """Return the engine with its part of the learning config."""
        return cls(config)

    def problems(self, model: ModelConfig) -> Sequence[tuple[Literal["model", "learning"], Problem]]:
        """Return what is wrong with optimizer, scheduler, checkpoints, data loaders and trainer."""
        return [
            *(("model", problem) for problem in model_problems(model)),
            *(("learning", problem) for problem in learning_problems(self.config)),
        ]

    def findings(self, job: Job) -> Iterator[Finding]:
        """Yield what would go wrong with the data and with one step of the training, which is tried on a copy."""
        found = [*job_findings(job, self.config)]
        yield from found
        if not any(finding.severity == "error" for finding in found):
            yield from Rehearsal(job, self.config, self.module).findings()

    def plan(self, job: Job) -> Sequence[tuple[str, str]]:
        """Return the number of steps, and the device."""
        return plan_rows(job, self.config)

    def with_epochs(self, total: int) -> Self:
        """
        Return an engine that trains until so many epochs are complete, those before a resumption included.

        Neither ``max_steps`` nor ``max_time`` ends it before. A ``patience`` that had run out is counted anew, and
        a ``target_esr`` that was reached is still a reason to stop.

        :raises UserError: when that is no number of epochs
        """
        if isinstance(total, bool) or not isinstance(total, int) or total < 1:
            raise UserError(f"cannot train until {total} epochs are complete; give a whole number of at least 1")
        kept = {key: value for key, value in self.config.trainer.items() if key not in ("max_steps", "max_time")}
        engine = copy.copy(self)
        engine.config = self.config.model_copy(update={"trainer": {**kept, "max_epochs": total}})
        engine.extended = True
        return engine

    def fit(self, job: Job, directory: Path, observe: Observer, *, resume: bool = False) -> Fit:
        """
        Train.

        A training that is at its end already is not continued, nothing of it is written, and ``Fit.stopped`` begins
        with ``session.NOTHING_TO_DO``.

        :raises nam_kernel.errors.TrainingError: when the training diverged before its first validation, when
            memory ran out, or when a process that it needs died
        :raises nam_kernel.errors.PluginError: when a dataset, the net, a loss, a callback or a logger failed
        """
        began, first = time.monotonic(), _is_first_process()
        if first:
            _remove_parts(directory)
        log = directory / "training.log" if first else Path(os.devnull)
        with framework_to_file(log), SignalHandler(watch=first) as signals:
            session = Session(job, self.config, directory, observe, signals, style=self.style)
            try:
                with explained(), signals.armed():
                    self._train(session, resume)
            except Stopped:
                pass
            except BaseException as error:
                # Whoever asked for the end gets it, also when a component answers the interruption with a failure.
                if signals.received is None:
                    raise
                LOG.warning("while the training was being stopped: %r", error)
            session.ledger.restore(job.net)
        restore_types(job.net.cpu().eval(), session.types)
        return _fit_of(session, time.monotonic() - began, self._device)

    def module(self, job: Job, ledger: Ledger) -> NamModule:
        """Return the module that Lightning trains; a subclass may return another one."""
        return make_module(job, ledger)

    def _train(self, session: Session, resume: bool) -> None:
        job, config, ledger = session.job, session.config, session.ledger
        session.checkpoints.mkdir(exist_ok=True)
        session.load_start(resume=resume)
        if self.extended:
            session.be_patient_again()
            self._refuse_short_schedule(job)
        ledger.stopped = session.nothing_to_do()
        if ledger.stopped is not None:
            return
        assignment = Assignment(self, job, session.directory, resume)
        with other_processes(process_count(config.trainer), assignment), trainer_of(session) as trainer:
            device = trainer.strategy.root_device
            self._device = str(device)
            given = (job.train, config.train_dataloader), (job.validation, config.val_dataloader)
            with served_from(device, *given) as (train_options, validation_options), _losses_on(device, job):
                share = {"rank": trainer.global_rank, "replicas": trainer.world_size}
                train = train_loader(job.train, train_options, seed=job.seed, epoch=ledger.epochs, **share)
                validation = validation_loader(job.validation, validation_options) if session.validates else None
                module = self.module(job, ledger)
                with guarded_module(module):
                    trainer.fit(module, train, validation)

    def _refuse_short_schedule(self, job: Job) -> None:
        """Raise ``ConfigError`` when the scheduler ends before the epochs that were not in the config."""
        found = [Problem(finding.where, finding.text) for finding in schedule_findings(job, self.config)]
        if found:
            raise ConfigError("the model config", found)


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


@contextlib.contextmanager
def _losses_on(device: torch.device, job: Job) -> Iterator[None]:
    """Have the losses that are modules, which may hold filters or windows, on a device while the block runs."""
    functions = [getattr(term.function, "func", term.function) for term in job.losses]
    modules: list[Any] = [function for function in functions if isinstance(function, nn.Module)]
    for module in modules:
        module.to(device)
    try:
        yield
    finally:
        for module in modules:
            module.cpu()


def _remove_parts(directory: Path) -> None:
    """Remove the files that an earlier process of the run left half written when it was killed."""
    for part in directory.rglob(".*.part"):
        part.unlink(missing_ok=True)


def _is_first_process() -> bool:
    return os.environ.get("LOCAL_RANK", "0") == "0"
