"""The training engine: from a job to its result."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch.utils.data import DataLoader

from nam_kernel.errors import Problem
from nam_kernel.interfaces import BaseTrainer, Job, Result
from nam_plugin_lightning.assembly import checkpoint_folder, make_callbacks, make_module, make_trainer
from nam_plugin_lightning.callbacks import Signals, Stopped
from nam_plugin_lightning.checkpoint import KEY, load_weights, read_checkpoint
from nam_plugin_lightning.checks import learning_problems
from nam_plugin_lightning.data import served_from, train_loader, validation_loader
from nam_plugin_lightning.failures import explained
from nam_plugin_lightning.launch import other_processes
from nam_plugin_lightning.ledger import Ledger
from nam_plugin_lightning.module import NamModule
from nam_plugin_lightning.optimizers import optimizer_problems, scheduler_problems
from nam_plugin_lightning.quiet import framework_to_file

State = Mapping[str, Any]


class LightningTrainer(BaseTrainer):
    """Trains with PyTorch Lightning; ``trainer`` of the learning config holds what Lightning's ``Trainer`` takes."""

    def __init__(self) -> None:
        self._device = "cpu"

    @classmethod
    def problems(cls, model: Mapping[str, Any], learning: Mapping[str, Any]) -> Sequence[tuple[str, Problem]]:
        """Find what is wrong with the optimizer, the scheduler, the dataloaders and the trainer."""
        of_model = [
            *optimizer_problems(model.get("optimizer")),
            *scheduler_problems(model.get("lr_scheduler")),
        ]
        return [
            *(("model", problem) for problem in of_model),
            *(("learning", problem) for problem in learning_problems(learning)),
        ]

    def fit(self, job: Job) -> Result:
        """
        Train.

        :raises nam_kernel.errors.TrainingError: when the training diverged before its first validation, when
            memory ran out, or when a process that it needs died
        """
        began = time.monotonic()
        ledger = Ledger()
        log = job.directory / "training.log" if _is_first_process() else Path(os.devnull)
        with framework_to_file(log), Signals(watch=_is_first_process()) as signals, explained():
            try:
                with signals.armed():
                    self._train(job, ledger, signals)
            except Stopped:
                pass
            ledger.restore(job.net)
        job.net.cpu().eval()
        return _result(job, ledger, signals.received, time.monotonic() - began, self._device)

    def module(self, job: Job, ledger: Ledger) -> NamModule:
        """Make the module that Lightning trains; a subclass may give another one."""
        return make_module(job, ledger)

    def _train(self, job: Job, ledger: Ledger, signals: Signals) -> None:
        """Train; what comes of it is in the ledger, also when a signal ends it."""
        checkpoint_folder(job.directory).mkdir(exist_ok=True)
        state = _starting_state(job)
        if state is not None:
            ledger.adopt(state[KEY])
        validates = job.validation is not None and job.learning.trainer.get("limit_val_batches") != 0
        with other_processes(job):
            trainer = make_trainer(job, make_callbacks(job, ledger, signals, state, validates))
            device = trainer.strategy.root_device
            self._device = str(device)
            given = (job.train, job.learning.train_dataloader), (job.validation, job.learning.val_dataloader)
            with served_from(device, *given) as (train_options, validation_options):
                train = _training_data(job, train_options, ledger.epochs, trainer.global_rank, trainer.world_size)
                validation = validation_loader(job.validation, validation_options) if validates else None
                trainer.fit(self.module(job, ledger), train, validation)


def _starting_state(job: Job) -> State | None:
    """
    Give the net the weights that it starts from.

    :return: the checkpoint that the training goes on from, or None when it begins
    """
    last = checkpoint_folder(job.directory) / "last.ckpt"
    given = job.learning.trainer_fit_kwargs.get("ckpt_path")
    path = last if job.resume and last.exists() else Path(given).expanduser() if given else None
    if path is not None:
        state = read_checkpoint(path, to_go_on=True)
        load_weights(job.net, state, path)
        return state
    start = job.model.checkpoint_path
    if start is not None:
        load_weights(job.net, read_checkpoint(start), start)
    return None


def _training_data(job: Job, options: State, epoch: int, rank: int, replicas: int) -> DataLoader[Any]:
    return train_loader(job.train, options, seed=job.seed, epoch=epoch, rank=rank, replicas=replicas)


def _result(job: Job, ledger: Ledger, interrupted: int | None, seconds: float, device: str) -> Result:
    return Result(
        directory=job.directory,
        net=job.net,
        metrics=ledger.metrics,
        outputs=ledger.outputs,
        history=tuple(ledger.history),
        best_epoch=ledger.best_epoch,
        epochs=ledger.epochs,
        interrupted=interrupted,
        stopped=ledger.stopped,
        validation=job.validation,
        seconds=seconds,
        device=device,
    )


def _is_first_process() -> bool:
    return os.environ.get("LOCAL_RANK", "0") == "0"
