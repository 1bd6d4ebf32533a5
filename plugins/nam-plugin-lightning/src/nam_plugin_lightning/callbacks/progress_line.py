"""What a person watches during a training: a bar on a terminal, a line a minute in a log."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from typing import Any, Literal, TextIO

from typing_extensions import override

from nam_plugin_lightning.callbacks.progress_text import Part, bar, columns_of, duration, fitted
from nam_plugin_lightning.callbacks.running_loss import RunningLoss
from nam_plugin_lightning.framework import pl
from nam_plugin_lightning.ledger import Ledger
from nam_plugin_lightning.plan import expected_end
from nam_plugin_lightning.quiet import LOG

Style = Literal["bar", "lines", "json"] | None

REFRESH = 0.5
"""Seconds between two states of the bar."""

MINUTE = 60.0
"""Seconds, at least, between two lines."""

LATELY = 30.0
"""Seconds, at least, of the past from which the time left is estimated."""

_WIDTH = 20


class ProgressLine(pl.Callback):
    """
    Shows epoch, time left, step rate, training loss, validation ESR and the best one.

    A bar overwrites itself. Of lines there is one for the first validation, one a minute after it, and one for the
    last state. Every validation is in the run's log, or every epoch where nothing is validated.

    :param style: ``"json"`` shows nothing here; None takes the bar on a terminal, and lines elsewhere
    """

    def __init__(
        self, ledger: Ledger, running_loss: RunningLoss, style: Style = None, stream: TextIO | None = None
    ) -> None:
        self.ledger = ledger
        self.running_loss = running_loss
        self.stream = stream or sys.stderr
        self.style = style or ("bar" if getattr(self.stream, "isatty", bool)() else "lines")
        self._width = 0
        self._shown = 0.0
        self._waiting = ""
        self._begun = False
        self._steps = 0
        self._stepping = 0.0
        self._step_began = 0.0
        self._marks: list[tuple[float, int]] = []

    @override
    def on_train_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Start the clock."""
        self._shown = time.monotonic()
        self._marks.append((self._shown, trainer.global_step))

    @override
    def on_train_batch_start(self, trainer: pl.Trainer, pl_module: Any, batch: Any, batch_idx: int) -> None:
        """Note when the steps of the epoch begin."""
        if batch_idx == 0:
            self._step_began, self._steps = time.monotonic(), 0

    @override
    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Update the bar twice a second, and add a line where none was due for a minute."""
        self._steps += 1
        now = time.monotonic()
        self._stepping = now - self._step_began
        due = {"bar": REFRESH, "lines": MINUTE}.get(self.style, math.inf)
        if trainer.is_global_zero and now - self._shown >= due:
            self._write(trainer)

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
        """Leave the last state on the screen."""
        self._finish()

    @override
    def on_exception(self, trainer: pl.Trainer, pl_module: Any, exception: BaseException) -> None:
        """Leave the last state on the screen."""
        self._finish()

    def _finish(self) -> None:
        if self._waiting:
            print(self._waiting, file=self.stream, flush=True)
            self._waiting = ""
        if self._width:
            self.stream.write("\n")
            self.stream.flush()
            self._width = 0

    def _show(self, trainer: pl.Trainer) -> None:
        if not trainer.is_global_zero:
            return
        text = fitted([*self._parts(trainer)], sys.maxsize)
        LOG.info(text)
        if self.style == "bar" or (self.style == "lines" and self._line_is_due()):
            self._write(trainer)
        elif self.style == "lines":
            self._waiting = text

    def _line_is_due(self) -> bool:
        first, self._begun = not self._begun, True
        return first or time.monotonic() - self._shown >= MINUTE

    def _write(self, trainer: pl.Trainer) -> None:
        self._shown, self._waiting = time.monotonic(), ""
        if self.style == "lines":
            print(fitted([*self._parts(trainer)], sys.maxsize), file=self.stream, flush=True)
            return
        text = fitted([*self._bar(trainer), *self._parts(trainer)], columns_of(self.stream))
        self.stream.write("\r" + text.ljust(self._width))
        self.stream.flush()
        self._width = len(text)

    def _bar(self, trainer: pl.Trainer) -> Iterator[Part]:
        fraction = self._fraction(trainer)
        if fraction is not None:
            yield Part(bar(fraction, _WIDTH, getattr(self.stream, "encoding", None)), 1)

    def _parts(self, trainer: pl.Trainer) -> Iterator[Part]:
        fraction, left = self._fraction(trainer), self._seconds_left(trainer)
        epochs, _ = expected_end(trainer)
        yield Part(f"epoch {trainer.current_epoch + 1}" + (f"/{epochs}" if epochs is not None else ""))
        if fraction is not None:
            yield Part(f"{math.floor(100 * fraction)} %", 2)
        if left is not None:
            yield Part(f"{duration(left)} left")
        if self._stepping > 0 and self._steps:
            yield Part(f"{self._steps / self._stepping:.1f} steps/s", 5)
        yield Part(f"loss {self.running_loss.mean:.4g}", 6)
        if self.ledger.history:
            yield Part(f"ESR {self.ledger.history[-1].metrics.get('ESR', float('nan')):.4g}", 3)
        if "ESR" in self.ledger.metrics:
            yield Part(f"best {self.ledger.metrics['ESR']:.4g}", 4)

    def _fraction(self, trainer: pl.Trainer) -> float | None:
        """Return how much of the training is done, by its steps or by its time, whichever ends it first."""
        done = []
        _, total = expected_end(trainer)
        if total:
            done.append(trainer.global_step / total)
        spent, left = _time_of(trainer)
        if spent is not None and left is not None and spent + left > 0:
            done.append(spent / (spent + left))
        return min(max(done), 1.0) if done else None

    def _seconds_left(self, trainer: pl.Trainer) -> float | None:
        """
        Return the time to the end, extrapolated from the last epochs with their validations, within ``max_time``.

        Those of the last half minute, or the last one that is longer, count: the load of the machine may have changed.
        """
        began, step = self._marks[0]
        done = trainer.global_step - step
        _, total = expected_end(trainer)
        _, left = _time_of(trainer)
        if done <= 0 or total is None:
            return left
        steady = (time.monotonic() - began) / done * max(0, total - trainer.global_step)
        return steady if left is None else min(steady, left)


def _time_of(trainer: pl.Trainer) -> tuple[float | None, float | None]:
    """Return the seconds that are spent and left of a training with ``max_time``."""
    timer = next((c for c in getattr(trainer, "callbacks", ()) if isinstance(c, pl.callbacks.Timer)), None)
    left = None if timer is None else timer.time_remaining("train")
    return (None, None) if timer is None or left is None else (timer.time_elapsed("train"), max(left, 0.0))
