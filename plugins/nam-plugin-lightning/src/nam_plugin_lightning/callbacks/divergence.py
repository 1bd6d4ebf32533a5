"""Notice a training that went wrong, and stop it or take it back to its best model."""

from __future__ import annotations

import math
from typing import Any, Literal

from typing_extensions import override

from nam_kernel.errors import TrainingError
from nam_kernel.interfaces import Progress
from nam_plugin_lightning.callbacks.running_loss import RunningLoss
from nam_plugin_lightning.framework import pl
from nam_plugin_lightning.ledger import Ledger
from nam_plugin_lightning.quiet import LOG

FAR_OFF = 10.0
"""Times the best ``val_loss``: such a validation is far off ..."""

BROKEN = 0.3
"""... when its ESR is above this as well, where the difference is gross."""

PATIENCE = 5
"""Validations in a row that are far off before the training counts as diverged."""

RETREATS = 3
"""Returns to the best model before a training is given up."""

SLOWER = 0.3
"""Factor of the learning rate at a retreat."""

_EVERY = 50
WORSE_THAN_SILENCE = 1.0
"""The ESR of a model that is silent."""

_ADVICE = (
    "a lower optimizer.lr or trainer.gradient_clip_val of 1.0 usually helps; "
    "if it happens at once, look for silence or clipping in the recordings"
)


class Divergence(pl.Callback):
    """
    Looks for NaN or infinite losses, and for validations that stay far off the best.

    :param policy: ``"stop"`` ends the training with the best model; ``"back_off"`` returns to the best model,
        clears the optimizer's state and lowers the learning rate, at most ``RETREATS`` times
    :param high_rate: in a sentence that the learning rate is far above the usual; empty when it is not
    """

    def __init__(
        self, ledger: Ledger, running_loss: RunningLoss, policy: Literal["stop", "back_off"], high_rate: str = ""
    ) -> None:
        self.ledger = ledger
        self.running_loss = running_loss
        self.policy = policy
        self.high_rate = high_rate
        self._advice = f"{high_rate}; write a lower optimizer.lr" if high_rate else _ADVICE

    @override
    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Look at the sum of the losses now and then: a NaN or infinite loss stays in it."""
        if (batch_idx + 1) % _EVERY and batch_idx + 1 < trainer.num_training_batches:
            return
        if not trainer.strategy.reduce_boolean_decision(math.isfinite(self.running_loss.mean), all=True):
            self._diverged(trainer, pl_module, "the training loss became NaN or infinite")

    @override
    def on_validation_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Look at the validation that the ledger has just recorded."""
        if trainer.sanity_checking or not self.ledger.history or self.ledger.stopped:
            return
        progress = self.ledger.history[-1]
        if not math.isfinite(progress.metrics["val_loss"]):
            self._diverged(trainer, pl_module, "the validation loss became NaN or infinite")
            return
        self.ledger.lost = self.ledger.lost + 1 if self._is_far_off(progress) else 0
        if self.ledger.lost >= PATIENCE:
            best, now = self.ledger.metrics["val_loss"], progress.metrics["val_loss"]
            self._diverged(
                trainer,
                pl_module,
                f"the validation loss has been more than {FAR_OFF:g} times its best for {PATIENCE} validations "
                f"({now:.4g}, best {best:.4g})",
            )

    @override
    def on_train_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Tell a training that learned nothing because of its learning rate."""
        esr = self.ledger.metrics.get("ESR", 0.0)
        if self.high_rate and not self.ledger.stopped and not esr < WORSE_THAN_SILENCE:
            self.ledger.stopped = f"nothing was learned (the best ESR is {esr:.4g}; silence has 1): {self._advice}"

    def _is_far_off(self, progress: Progress) -> bool:
        best = self.ledger.metrics.get("val_loss", math.inf)
        return progress.metrics["val_loss"] > FAR_OFF * best and progress.metrics.get("ESR", math.inf) > BROKEN

    def _diverged(self, trainer: pl.Trainer, module: Any, seen: str) -> None:
        if self.ledger.stopped:
            return
        seen = f"in epoch {trainer.current_epoch + 1} {seen}"
        if self.ledger.state is None:
            raise TrainingError(f"the training diverged before any validation: {seen}; {self._advice}")
        if self.policy == "back_off" and self.ledger.retreats < RETREATS:
            self._retreat(trainer, module)
            LOG.warning("%s; back to the best model with a lower learning rate", seen)
            return
        tried = f", after {RETREATS} returns to the best model" if self.ledger.retreats >= RETREATS else ""
        self.ledger.stopped = f"diverged{tried}: {seen}; the best model is kept; {self._advice}"
        self.ledger.diverged = True
        trainer.should_stop = True

    def _retreat(self, trainer: pl.Trainer, module: Any) -> None:
        self.ledger.retreats += 1
        self.ledger.lost = 0
        self.ledger.restore(module.net)
        self.running_loss.reset()
        for optimizer in trainer.optimizers:
            optimizer.state.clear()
            for group in optimizer.param_groups:
                _slow_down(group)
        for config in trainer.lr_scheduler_configs:
            rates = getattr(config.scheduler, "base_lrs", None)
            if rates is not None:
                config.scheduler.base_lrs = [rate * SLOWER for rate in rates]


def _slow_down(group: dict[str, Any]) -> None:
    """Lower every rate that optimizers and schedulers keep in a group of parameters."""
    for key in ("lr", "initial_lr", "max_lr", "min_lr"):
        if key in group:
            group[key] = group[key] * SLOWER
