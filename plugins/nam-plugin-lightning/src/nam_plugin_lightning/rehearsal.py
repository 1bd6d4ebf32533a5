"""
Try one step of a training on a copy of the net, before anything is written.

What Lightning or torch would refuse once the training has begun is found here, and each thing is told with the key
without which the step goes well. The first attempt has the data and every parameter of the trainer, and ends at the
first batch; the second goes through a whole epoch of one batch of noise, cut short, with its validation, so that the
optimizer and the scheduler step. Both together take hundredths of a second for a small net.
"""

from __future__ import annotations

import contextlib
import copy
import re
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nam_kernel.errors import NamKernelError, TrainingError
from nam_kernel.interfaces import Finding, Job
from nam_kernel.text import suggestion
from nam_plugin_lightning.assembly import brought_callbacks, guarded_module
from nam_plugin_lightning.blame import is_out_of_memory, told
from nam_plugin_lightning.callbacks import Resumption, RunningLoss, SignalHandler, Stopped
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.data import in_one_process, train_loader, validation_loader
from nam_plugin_lightning.failures import explained
from nam_plugin_lightning.framework import MisconfigurationException, pl
from nam_plugin_lightning.instances import make_all
from nam_plugin_lightning.keywords import without_notes
from nam_plugin_lightning.session import Session
from nam_plugin_lightning.settings import completed, make_loggers
from nam_plugin_lightning.stand_ins import EndAtOnce, Enough, Loaded, Logged, noise_like, undisturbed
from nam_plugin_lightning.trainer_checks import trial_problems

_OF_A_STEP = ("precision", "gradient_clip_val", "gradient_clip_algorithm", "deterministic", "detect_anomaly", "plugins")
_NOT_REHEARSED = (
    *("callbacks", "logger", "profiler", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"),
    *("strategy", "devices", "num_nodes", "sync_batchnorm", "max_time", "num_sanity_val_steps", "default_root_dir"),
)
"""What would write, print, start processes or take time; whether Lightning accepts it is tried before."""


_CHECK_AT_THE_START = (
    *("DeviceStatsMonitor", "GradientAccumulationScheduler", "LearningRateMonitor", "StochasticWeightAveraging"),
    "ThroughputMonitor",
)
"""Lightning's callbacks that may refuse to be used once the training begins."""

Module = Callable[[Job, Any], Any]
Trainer = Mapping[str, Any]


class Rehearsal:
    """
    The rehearsal of a job.

    :param module: returns what Lightning trains, of a job and a ledger
    """

    def __init__(self, job: Job, config: LightningConfig, module: Module) -> None:
        self.job = job
        self.config = config
        self.trainer = without_notes(config.trainer)
        self.module = module
        self.batches: list[Any] = []
        self.logged: list[str] = []

    def findings(self) -> Iterator[Finding]:
        """
        Yield what stands in the way of the training.

        :raises NamKernelError: when a component fails, or a checkpoint is another net's
        """
        brought, named = brought_callbacks(self.job, self.config), make_all(self.trainer.get("callbacks"))
        for problem in trial_problems(self.trainer, [*brought, *named]):
            yield Finding("error", problem.where, problem.what, kind="trainer")
            return
        try:
            copied = replace(self.job, net=copy.deepcopy(self.job.net), losses=copy.deepcopy(list(self.job.losses)))
        except Exception:
            # A net that cannot be copied must not be tried: its weights are to stay as they are.
            return
        with undisturbed(), pl.utilities.seed.isolate_rng():
            yield from self._begins(copied)
            foreign = [c for c in (*brought, *named) if not type(c).__module__.startswith(pl.__name__)]
            yield from self._steps(copied, bool(foreign))
        if self.logged and not foreign:
            yield from _unknown_monitors(named, self.logged)

    def _begins(self, job: Job) -> Iterator[Finding]:
        """Yield why Lightning would not come to the first batch; the batch is kept."""
        error = self._begin(job, self.trainer)
        if error is None:
            return
        if isinstance(error, NamKernelError):
            raise error
        for key in self.trainer:
            if self._begin(job, {k: v for k, v in self.trainer.items() if k != key}) is None:
                yield Finding("error", f"trainer.{key}", f"Lightning refuses it: {_told(error)}", kind="trainer")
                return
        yield Finding("error", "trainer", f"the training would not begin: {_told(error)}", kind="trainer")

    def _begin(self, job: Job, trainer: Trainer) -> Exception | None:
        def begin(session: Session, module: Any) -> None:
            kept = {key: value for key, value in trainer.items() if key not in _NOT_REHEARSED}
            own = [c for c in make_all(trainer.get("callbacks")) if type(c).__name__ in _CHECK_AT_THE_START]
            train = train_loader(job.train, in_one_process(self.config.train_dataloader), seed=job.seed)
            validation = None
            if session.validates:
                validation = validation_loader(job.validation, in_one_process(self.config.val_dataloader))
            logger = trainer.get("logger", True)
            logs = pl.loggers.logger.DummyLogger() if make_loggers(logger, session.directory) else False
            settings = {
                **completed(kept, [*own, EndAtOnce()], session.directory),
                "logger": logs,
                "devices": self._devices,
            }
            with contextlib.suppress(Enough):
                pl.Trainer(**settings).fit(module, train, validation)
            # By themselves, because Lightning has converted its own to the precision by now.
            served = ((job.train, train), (job.validation, validation))
            self.batches = [_first(data, loader.batch_size) for data, loader in served if loader is not None]

        return self._attempt(job, trainer, begin)

    def _steps(self, job: Job, others_log: bool) -> Iterator[Finding]:
        """
        Yield why a step, a validation, or the step of the scheduler after them, would fail.

        :param others_log: whether callbacks that are not rehearsed may log what a scheduler monitors
        """
        if not self.batches:
            return
        steps = {key: self.trainer[key] for key in _OF_A_STEP if key in self.trainer}
        error = self._step(job, steps)
        if error is None:
            return
        monitor = re.search(r"conditioned on metric (\S+)", str(error))
        if monitor is not None:
            if not others_log:
                sentence = f"nothing is logged as '{monitor[1]}'; {suggestion(monitor[1], self.logged)}"
                yield Finding("error", "lr_scheduler.monitor", sentence, kind="schedule")
            return
        for where, changed, trainer in self._variations(job, steps):
            if self._step(changed, trainer) is None:
                yield Finding("error", where, f"a step of the training fails with it: {_told(error)}", kind="step")
                return
        if isinstance(error, TrainingError):
            yield Finding("error", "trainer_fit_kwargs.ckpt_path", str(error), kind="step")
            return
        if isinstance(error, NamKernelError):
            raise error
        yield Finding("error", "", f"a step of the training fails: {_told(error)}", kind="step")

    def _step(self, job: Job, trainer: Trainer) -> Exception | None:
        noise = [[noise_like(batch, job.mask_first)] for batch in self.batches]

        def step(session: Session, module: Any) -> None:
            done = session.ledger.epochs
            callbacks: list[pl.Callback] = [
                Resumption(job.seed, session.state, done),
                RunningLoss(),
                Logged(self.logged),
            ]
            settings = completed({**trainer, "max_epochs": done + 1, **self._accelerator}, callbacks, session.directory)
            fit = pl.Trainer(**{**settings, "logger": False, "devices": self._devices})
            fit.fit(module, Loaded(noise[0]), Loaded(noise[1]) if len(noise) > 1 else None)

        return self._attempt(job, trainer, step)

    def _variations(self, job: Job, steps: Trainer) -> Iterator[tuple[str, Job, Trainer]]:
        """Yield places in the documents, each with a job and parameters without what is there."""
        for key in steps:
            yield f"trainer.{key}", job, {name: value for name, value in steps.items() if name != key}
        if job.model.lr_scheduler:
            yield "lr_scheduler", replace(job, model=job.model.model_copy(update={"lr_scheduler": None})), steps
        plain = job.model.model_copy(update={"optimizer": {"lr": 0.004}, "lr_scheduler": None})
        yield "optimizer", replace(job, model=plain), steps

    def _attempt(self, job: Job, trainer: Trainer, run: Callable[[Session, Any], None]) -> Exception | None:
        """
        Run something on a copy of the job's net that starts as the training would, and return why that fails.

        :raises NamKernelError: when a checkpoint is damaged or another net's, or memory ran out
        """
        failure: BaseException | None = None
        with tempfile.TemporaryDirectory(prefix="nam-") as folder, SignalHandler(lingers=False) as signals:
            copied = replace(job, net=copy.deepcopy(job.net))
            config = self.config.model_copy(update={"trainer": dict(trainer)})
            session = Session(copied, config, Path(folder), lambda progress, best: True, signals)
            session.load_start(resume=False)
            module: Any = self.module(copied, session.ledger)
            module.accelerates = False
            try:
                with signals.armed(), guarded_module(module):
                    run(session, module)
            except (Exception, Stopped) as error:
                failure = error
        if signals.received is not None:
            signal.raise_signal(signals.received)
        if failure is not None and is_out_of_memory(failure):
            with explained():
                raise failure
        return failure if isinstance(failure, Exception) else None

    @property
    def _accelerator(self) -> dict[str, Any]:
        return {key: self.trainer[key] for key in ("accelerator",) if key in self.trainer}

    @property
    def _devices(self) -> Any:
        given = self.trainer.get("devices")
        return given[:1] if isinstance(given, list) else 1


def _first(dataset: Any, batch_size: int | None) -> Any:
    """Return the first item of a dataset as a batch, or as it is where items are no part of batches."""
    return next(iter(validation_loader(dataset, {"batch_size": None if batch_size is None else 1})))


def _unknown_monitors(callbacks: Sequence[pl.Callback], logged: Sequence[str]) -> Iterator[Finding]:
    """Yield the callbacks of Lightning that look for a metric which nothing logs."""
    for callback in callbacks:
        monitor = getattr(callback, "monitor", None)
        if isinstance(monitor, str) and monitor not in logged and getattr(callback, "strict", True):
            sentence = f"{type(callback).__name__} monitors '{monitor}', which nothing logs; "
            yield Finding("error", "trainer.callbacks", sentence + suggestion(monitor, logged), kind="trainer")


def _told(error: Exception) -> str:
    plain = isinstance(error, (NamKernelError, MisconfigurationException))
    return " ".join(str(error).split()) if plain else told(error)
