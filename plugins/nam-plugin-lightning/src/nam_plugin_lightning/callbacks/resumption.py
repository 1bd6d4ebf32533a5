"""Go on exactly where ``last.ckpt`` was saved, and make every epoch's random numbers its own."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from typing_extensions import override

from nam_kernel.errors import TrainingError
from nam_plugin_lightning.data import epoch_seed
from nam_plugin_lightning.framework import pl


class Resumption(pl.Callback):
    """
    Restores weights, optimizer, scheduler, callbacks and counters at the start of a resumed fit.

    At the start of every epoch the generators of Python, NumPy and torch are seeded with a function of
    the seed and the epoch's number: an epoch depends on the one before only through what a checkpoint holds.

    :param state: the content of ``last.ckpt``, or None for a fit that starts
    :param epoch: the first one, counted from 0
    """

    def __init__(self, seed: int, state: Mapping[str, Any] | None, epoch: int) -> None:
        self._seed = seed
        self._state = state
        self._epoch = epoch

    @override
    def on_fit_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Restore; the optimizers exist by now, and the first epoch has not begun."""
        if self._state is None:
            return
        state, self._state = self._state, None
        pl_module.load_state_dict(state["state_dict"])
        try:
            for optimizer, saved in zip(trainer.optimizers, state["optimizer_states"], strict=True):
                optimizer.load_state_dict(saved)
            for config, saved in zip(trainer.lr_scheduler_configs, state["lr_schedulers"], strict=True):
                config.scheduler.load_state_dict(saved)
        except (ValueError, KeyError) as error:
            raise TrainingError(
                "the training cannot go on, because the model config names another optimizer or lr_scheduler than "
                f"it began with ({error}); restore the config, or begin a new run with checkpoint_path"
            ) from error
        self._restore_callbacks(trainer, state)
        self._restore_counters(trainer, int(state["global_step"]))

    @override
    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Seed the epoch."""
        seed = epoch_seed(self._seed, trainer.current_epoch)
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)

    @staticmethod
    def _restore_callbacks(trainer: pl.Trainer, state: Mapping[str, Any]) -> None:
        saved = state.get("callbacks") or {}
        for callback in trainer.callbacks:  # type: ignore[attr-defined]
            if callback.state_key in saved:
                callback.load_state_dict(saved[callback.state_key])

    def _restore_counters(self, trainer: pl.Trainer, step: int) -> None:
        """
        Set the counters of Lightning's loops to where the training is.

        Lightning's own restart is not used: it restores loops in the middle of their hooks, in a way that
        differs from version to version, and updates plateau schedulers after its checkpoints are written.
        """
        progress = trainer.fit_loop.epoch_progress
        for counter in (progress.current, progress.total):
            vars(counter).update(dict.fromkeys(vars(counter), self._epoch))
        loop = trainer.fit_loop.epoch_loop
        steps = loop.automatic_optimization.optim_progress.optimizer.step.total
        steps.ready = steps.completed = step
        loop._batches_that_stepped = step
