"""Notice a step that began and never ended: a ``StopIteration`` inside of it is the end of the data to Lightning."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from nam_kernel.errors import PluginError
from nam_plugin_lightning.framework import pl


class Sentry(pl.Callback):
    """Ends a training in which a step was left in silence, instead of one short epoch after another."""

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Look for a training step that did not end."""
        _refuse("training", trainer.fit_loop.epoch_loop.batch_progress, trainer, pl_module)

    @override
    def on_validation_epoch_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Look for a step of the validation that did not end."""
        _refuse("validation", trainer.fit_loop.epoch_loop.val_loop.batch_progress, trainer, pl_module)


def _refuse(kind: str, progress: Any, trainer: pl.Trainer, module: Any) -> None:
    """Raise ``PluginError`` when fewer batches were processed than begun, which a batch skipped on purpose never is."""
    if progress.current.processed < progress.current.started:
        raise PluginError(
            f"{kind} step {progress.current.started} of epoch {trainer.current_epoch + 1} was left by a StopIteration, "
            f"which is no way to end a training; it came out of the optimizer or of the module {type(module).__name__}"
        )
