"""Keep the best model and the last state on disk at all times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from typing_extensions import override

from nam_kernel.files import atomic_write
from nam_kernel.interfaces import BaseNet, Progress
from nam_plugin_lightning.callbacks.signals import Signals
from nam_plugin_lightning.ledger import Ledger, evaluated, weights_of


class Keeper(pl.Callback):
    """
    Writes ``best.ckpt`` after a validation that was the best, and ``last.ckpt`` between two epochs.

    ``last.ckpt`` is always the state at the start of an epoch, so that a run that was killed goes on there.
    Nothing is written half: a signal waits until the files are whole.

    :param folder: of the checkpoints
    :param improved: is told of every validation that was the best so far
    :param validates: whether there are validations; without them every epoch counts as the best
    """

    def __init__(
        self,
        ledger: Ledger,
        folder: Path,
        improved: Callable[[BaseNet, Progress], None],
        signals: Signals,
        validates: bool,
    ) -> None:
        self.ledger = ledger
        self.folder = folder
        self._improved = improved
        self._signals = signals
        self._validates = validates
        self._whole_epoch = False

    @override
    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Save the state from which this epoch can be repeated."""
        self._whole_epoch = False
        self._save(trainer, "last.ckpt")

    @override
    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Notice the last batch of the epoch."""
        self._whole_epoch = batch_idx + 1 >= trainer.num_training_batches

    @override
    def on_validation_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Enter the validation in the ledger, and keep the model if it is the best."""
        if trainer.sanity_checking:
            return
        metrics, outputs = _measured(trainer, pl_module)
        progress = Progress(trainer.current_epoch, trainer.global_step, metrics, outputs)
        with self._signals.postponed():
            if self.ledger.observe(pl_module.net, progress):
                self._keep(trainer, pl_module.net, progress)

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Count the epoch; without validations its model is kept."""
        if self._whole_epoch:
            self.ledger.epochs = trainer.current_epoch + 1
        if not self._validates:
            progress = Progress(trainer.current_epoch, trainer.global_step, {})
            with self._signals.postponed():
                self.ledger.take(pl_module.net, progress)
                self._keep(trainer, pl_module.net, progress)

    @override
    def on_train_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Save the final state, unless it is of no use or the last epoch was cut short and is to be repeated."""
        if self._whole_epoch and not self.ledger.diverged:
            self._save(trainer, "last.ckpt")

    def _keep(self, trainer: pl.Trainer, net: BaseNet, progress: Progress) -> None:
        with weights_of(net, self.ledger.state), evaluated(net):
            self._save(trainer, "best.ckpt")
            if trainer.is_global_zero:
                self._improved(net, progress)

    def _save(self, trainer: pl.Trainer, name: str) -> None:
        if not trainer.is_global_zero:
            trainer.save_checkpoint(self.folder / name)
            return
        with self._signals.postponed(), atomic_write(self.folder / name) as temporary:
            trainer.save_checkpoint(temporary)


def _measured(trainer: pl.Trainer, module: Any) -> tuple[Mapping[str, float], Mapping[str, Mapping[str, float]]]:
    """Take the module's metrics; a module that measures in its own way has logged them instead."""
    if module.metrics:
        return module.metrics, module.output_metrics
    logged = {name: float(value) for name, value in trainer.callback_metrics.items()}
    logged.setdefault("val_loss", logged.get(module.val_loss, float("nan")))
    return logged, {}
