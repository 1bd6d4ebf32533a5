"""Keep the best model and the last state on disk at all times, and report every validation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typing_extensions import override

from nam_kernel.files import atomic_write
from nam_kernel.interfaces import BaseNet, Observer, Progress
from nam_plugin_lightning.callbacks.signal_handler import SignalHandler
from nam_plugin_lightning.framework import pl
from nam_plugin_lightning.ledger import Ledger, evaluated, weights_of
from nam_plugin_lightning.plan import expected_end
from nam_plugin_lightning.precision import Types, in_types

ON_REQUEST = "stopped on request"
"""Why a training ended that its observer asked to stop."""


class BestCheckpoint(pl.Callback):
    """
    Writes ``best.ckpt`` after a validation that was the best, and ``last.ckpt`` between two epochs.

    ``last.ckpt`` is always the state at the start of an epoch, so that a run that was killed goes on there.
    Files are never written in part: a signal waits until they are whole.

    :param folder: of the checkpoints
    :param observe: called after each validation, by the first process only; it may ask for an end of the training
    :param validates: whether there are validations; without them every epoch counts as the best
    :param types: of the weights, in which the observer gets them
    """

    def __init__(
        self, ledger: Ledger, folder: Path, observe: Observer, signals: SignalHandler, validates: bool, types: Types
    ) -> None:
        self.ledger = ledger
        self.folder = folder
        self._observe = observe
        self._signals = signals
        self._validates = validates
        self._types = types
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
        """Enter the validation in the ledger, report it, and keep the model if it is the best."""
        if trainer.sanity_checking:
            return
        metrics, outputs = _measured(trainer, pl_module)
        with self._signals.postponed():
            progress = self.ledger.record(pl_module.net, _progress(trainer, metrics, outputs))
            self._report(trainer, pl_module.net, progress)

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Count the epoch; without validations its model is kept."""
        if self._whole_epoch:
            self.ledger.epochs = trainer.current_epoch + 1
        if not self._validates:
            progress = _progress(trainer, {}, {}, best=True)
            with self._signals.postponed():
                self.ledger.take(pl_module.net, progress)
                self._report(trainer, pl_module.net, progress)

    @override
    def on_train_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Save the final state, unless it is useless or the last epoch was cut short and is to be repeated."""
        if self._whole_epoch and not self.ledger.diverged:
            self._save(trainer, "last.ckpt")

    def _report(self, trainer: pl.Trainer, net: BaseNet, progress: Progress) -> None:
        """Report a validation, the best model with it, and stop when the observer of the first process asks for it."""
        goes_on = True
        if progress.best:
            with weights_of(net, self.ledger.state), evaluated(net):
                self._save(trainer, "best.ckpt")
                if trainer.is_global_zero:
                    with in_types(net, self._types):
                        goes_on = self._observe(progress, net) is not False
        elif trainer.is_global_zero:
            goes_on = self._observe(progress, None) is not False
        # Every process must come to the same end.
        if not trainer.strategy.broadcast(goes_on, src=0) and not self.ledger.stopped:
            self.ledger.stopped = ON_REQUEST
            trainer.should_stop = True

    def _save(self, trainer: pl.Trainer, name: str) -> None:
        if not trainer.is_global_zero:
            trainer.save_checkpoint(self.folder / name)
            return
        with self._signals.postponed(), atomic_write(self.folder / name) as temporary:
            trainer.save_checkpoint(temporary)


def _progress(
    trainer: pl.Trainer, metrics: Mapping[str, float], outputs: Mapping[str, Mapping[str, float]], *, best: bool = False
) -> Progress:
    epochs, steps = expected_end(trainer)
    return Progress(
        epoch=trainer.current_epoch + 1,
        step=trainer.global_step,
        metrics=metrics,
        outputs=outputs,
        best=best,
        epochs=epochs,
        steps=steps,
    )


def _measured(trainer: pl.Trainer, module: Any) -> tuple[Mapping[str, float], Mapping[str, Mapping[str, float]]]:
    """Return the module's metrics; a module that measures in its own way has logged them instead."""
    if module.metrics:
        return module.metrics, module.output_metrics
    logged = {name: float(value) for name, value in trainer.callback_metrics.items()}
    logged.setdefault("val_loss", logged.get(module.val_loss, float("nan")))
    return logged, {}
