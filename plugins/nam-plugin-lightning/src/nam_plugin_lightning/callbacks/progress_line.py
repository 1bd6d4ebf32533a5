"""The one line that a person watches during a training."""

from __future__ import annotations

import sys
import time
from typing import Any, TextIO

from typing_extensions import override

from nam_plugin_lightning.callbacks.running_loss import RunningLoss
from nam_plugin_lightning.framework import pl
from nam_plugin_lightning.ledger import Ledger
from nam_plugin_lightning.plan import expected_end
from nam_plugin_lightning.quiet import LOG

_PERIOD = 0.5

LATELY = 30.0
"""Seconds, at least, of the past from which the time left is estimated."""


class ProgressLine(pl.Callback):
    """
    Shows epoch, step rate, time left, training loss, validation ESR and the best one.

    On a terminal the line overwrites itself; elsewhere there is one line for each validation, or for each epoch where
    nothing is validated.
    """

    def __init__(self, ledger: Ledger, running_loss: RunningLoss, stream: TextIO | None = None) -> None:
        self.ledger = ledger
        self.running_loss = running_loss
        self.stream = stream or sys.stderr
        self._live = bool(getattr(self.stream, "isatty", bool)())
        self._width = 0
        self._shown = 0.0
        self._steps = 0
        self._stepping = 0.0
        self._step_began = 0.0
        self._marks: list[tuple[float, int]] = []

    @override
    def on_train_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Start the clock."""
        self._marks.append((time.monotonic(), trainer.global_step))

    @override
    def on_train_batch_start(self, trainer: pl.Trainer, pl_module: Any, batch: Any, batch_idx: int) -> None:
        """Note when the steps of the epoch begin."""
        if batch_idx == 0:
            self._step_began, self._steps = time.monotonic(), 0

    @override
    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Update the line twice a second."""
        self._steps += 1
        now = time.monotonic()
        self._stepping = now - self._step_began
        if self._live and trainer.is_global_zero and now - self._shown >= _PERIOD:
            self._write(self._text(trainer))

    @override
    def on_validation_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Show the validation."""
        if not trainer.sanity_checking:
            self._show(trainer)
            self._step_began, self._steps = time.monotonic(), 0

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Show the epoch where nothing is validated, and note the time."""
        if not self.ledger.history:
            self._show(trainer)
        now = time.monotonic()
        self._marks.append((now, trainer.global_step))
        while len(self._marks) > 1 and now - self._marks[1][0] >= LATELY:
            del self._marks[0]

    @override
    def teardown(self, trainer: pl.Trainer, pl_module: Any, stage: str) -> None:
        """Leave the line on the terminal and begin a new one."""
        self._finish_line()

    @override
    def on_exception(self, trainer: pl.Trainer, pl_module: Any, exception: BaseException) -> None:
        """Leave the line on the terminal and begin a new one."""
        self._finish_line()

    def _finish_line(self) -> None:
        if self._live and self._width:
            self.stream.write("\n")
            self.stream.flush()
            self._width = 0

    def _show(self, trainer: pl.Trainer) -> None:
        if not trainer.is_global_zero:
            return
        text = self._text(trainer)
        LOG.info(text)
        if self._live:
            self._write(text)
        else:
            print(text, file=self.stream, flush=True)

    def _write(self, text: str) -> None:
        self._shown = time.monotonic()
        self.stream.write("\r" + text.ljust(self._width))
        self.stream.flush()
        self._width = len(text)

    def _text(self, trainer: pl.Trainer) -> str:
        epochs, _ = expected_end(trainer)
        parts = [f"epoch {trainer.current_epoch + 1}" + (f"/{epochs}" if epochs is not None else "")]
        if self._stepping > 0 and self._steps:
            parts.append(f"{self._steps / self._stepping:.1f} steps/s")
        left = self._seconds_left(trainer)
        if left is not None:
            parts.append(f"{duration(left)} left")
        parts.append(f"loss {self.running_loss.mean:.4g}")
        if self.ledger.history:
            parts.append(f"ESR {self.ledger.history[-1].metrics.get('ESR', float('nan')):.4g}")
        if "ESR" in self.ledger.metrics:
            parts.append(f"best {self.ledger.metrics['ESR']:.4g}")
        return "  ".join(parts)

    def _seconds_left(self, trainer: pl.Trainer) -> float | None:
        """
        Return the time to the end, extrapolated from the last epochs with their validations.

        Those of the last half minute, or the last one that is longer, count: the load of the machine may have changed.
        """
        began, step = self._marks[0]
        done = trainer.global_step - step
        _, total = expected_end(trainer)
        if done <= 0 or total is None:
            return None
        return (time.monotonic() - began) / done * max(0, total - trainer.global_step)


def duration(seconds: float) -> str:
    """Return seconds as people say them: ``45 s``, ``12 min``, ``3 h 05 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
