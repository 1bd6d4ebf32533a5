"""The one line that a person watches."""

from __future__ import annotations

import sys
import time
from typing import Any, TextIO

import pytorch_lightning as pl
from typing_extensions import override

from nam_plugin_lightning.callbacks.meter import Meter
from nam_plugin_lightning.ledger import Ledger
from nam_plugin_lightning.quiet import LOG

_PERIOD = 0.5


class Line(pl.Callback):
    """
    Shows epoch, step rate, time left, training loss, validation ESR and the best one.

    On a terminal the line is written over itself; elsewhere there is one line a validation, or an epoch where
    nothing is validated.
    """

    def __init__(self, ledger: Ledger, meter: Meter, stream: TextIO | None = None) -> None:
        self.ledger = ledger
        self.meter = meter
        self.stream = stream or sys.stderr
        self._live = bool(getattr(self.stream, "isatty", bool)())
        self._width = 0
        self._shown = 0.0
        self._steps = 0
        self._stepping = 0.0
        self._step_began = 0.0

    @override
    def on_train_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Start the clock."""
        self._began = time.monotonic()
        self._first_step = trainer.global_step

    @override
    def on_train_batch_start(self, trainer: pl.Trainer, pl_module: Any, batch: Any, batch_idx: int) -> None:
        """Note when the steps of the epoch begin."""
        if batch_idx == 0:
            self._step_began, self._steps = time.monotonic(), 0

    @override
    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Renew the line twice a second."""
        self._steps += 1
        now = time.monotonic()
        self._stepping = now - self._step_began
        if self._live and trainer.is_global_zero and now - self._shown >= _PERIOD:
            self._write(self._text(trainer))

    @override
    def on_validation_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Tell of the validation."""
        if not trainer.sanity_checking:
            self._tell(trainer)
            self._step_began, self._steps = time.monotonic(), 0

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Tell of the epoch where nothing is validated."""
        if not self.ledger.history:
            self._tell(trainer)

    @override
    def teardown(self, trainer: pl.Trainer, pl_module: Any, stage: str) -> None:
        """Leave the line on the terminal and begin another one."""
        self._finish_line()

    @override
    def on_exception(self, trainer: pl.Trainer, pl_module: Any, exception: BaseException) -> None:
        """Leave the line on the terminal and begin another one."""
        self._finish_line()

    def _finish_line(self) -> None:
        if self._live and self._width:
            self.stream.write("\n")
            self.stream.flush()
            self._width = 0

    def _tell(self, trainer: pl.Trainer) -> None:
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
        most = trainer.max_epochs
        parts = [f"epoch {trainer.current_epoch + 1}" + (f"/{most}" if most and most > 0 else "")]
        if self._stepping > 0 and self._steps:
            parts.append(f"{self._steps / self._stepping:.1f} steps/s")
        left = self._seconds_left(trainer)
        if left is not None:
            parts.append(f"{duration(left)} left")
        parts.append(f"loss {self.meter.mean:.4g}")
        if self.ledger.history:
            parts.append(f"ESR {self.ledger.history[-1].metrics.get('ESR', float('nan')):.4g}")
        if "ESR" in self.ledger.metrics:
            parts.append(f"best {self.ledger.metrics['ESR']:.4g}")
        return "  ".join(parts)

    def _seconds_left(self, trainer: pl.Trainer) -> float | None:
        """Extrapolate what this fit took so far, its validations included."""
        done = trainer.global_step - self._first_step
        total = trainer.estimated_stepping_batches
        if done <= 0 or total in (-1, float("inf")):
            return None
        return (time.monotonic() - self._began) / done * max(0.0, float(total) - trainer.global_step)


def duration(seconds: float) -> str:
    """Write seconds as people say them: ``45 s``, ``12 min``, ``3 h 05 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
