"""Notice a batch that began and never ended: a ``StopIteration`` inside of it is the end of the data to Lightning."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from nam_kernel.errors import PluginError
from nam_plugin_lightning.framework import pl


class Sentry(pl.Callback):
    """Ends a training in which a step was left in silence, instead of a short epoch after another."""

    def __init__(self) -> None:
        self._within = ""

    @override
    def on_train_batch_start(self, trainer: pl.Trainer, pl_module: Any, batch: Any, batch_idx: int) -> None:
        """Note that a step begins."""
        self._within = f"training step {batch_idx + 1}"

    @override
    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Note that it ended."""
        self._within = ""

    @override
    def on_validation_batch_start(
        self, trainer: pl.Trainer, pl_module: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        """Note that a step of the validation begins."""
        self._within = f"validation step {batch_idx + 1}"

    @override
    def on_validation_batch_end(
        self, trainer: pl.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        """Note that it ended."""
        self._within = ""

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Look for a step that did not end."""
        self._refuse(trainer, pl_module)

    @override
    def on_validation_epoch_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Look for a step that did not end."""
        self._refuse(trainer, pl_module)

    def _refuse(self, trainer: pl.Trainer, module: Any) -> None:
        if self._within:
            raise PluginError(
                f"{self._within} of epoch {trainer.current_epoch + 1} was left by a StopIteration, which is no way to "
                f"end a training; it came out of the optimizer, or of the module {type(module).__name__}"
            )
