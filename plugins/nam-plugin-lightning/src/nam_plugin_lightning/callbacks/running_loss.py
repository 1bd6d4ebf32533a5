"""The mean training loss of the epoch so far, without waiting for the device at every step."""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor
from typing_extensions import override

from nam_plugin_lightning.framework import pl


class RunningLoss(pl.Callback):
    """Adds up the losses on their device; only reading the mean waits for it."""

    def __init__(self) -> None:
        self._total: Tensor | None = None
        self._steps = 0

    @property
    def mean(self) -> float:
        """The mean since the epoch began; NaN before its first step."""
        return math.nan if self._total is None else float(self._total) / self._steps

    def reset(self) -> None:
        """Start over."""
        self._total, self._steps = None, 0

    @override
    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Start over."""
        self.reset()

    @override
    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Add the loss of a step."""
        loss = outputs["loss"].detach()
        self._total = loss.clone() if self._total is None else self._total + loss
        self._steps += 1

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Log the mean, and the learning rate."""
        if self._steps:
            pl_module.log("train_loss", self.mean)
        pl_module.log("lr", learning_rate(trainer))


def learning_rate(trainer: pl.Trainer) -> float:
    """Return the learning rate of the first group of parameters."""
    return float(trainer.optimizers[0].param_groups[0]["lr"])
