"""
How far a training is, for a person, where the engine does not show it itself: from its validations alone.

On a terminal a bar overwrites itself; elsewhere there is one line for the first validation, and one a minute after it.
"""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nam_plugin_report.words import duration, number

if TYPE_CHECKING:
    from nam_kernel.interfaces import Progress
    from nam_kernel.run import Prepared

MINUTE = 60.0
"""Seconds, at least, between two lines."""

WIDTH = 20
"""Characters of the bar."""


@dataclass
class Watch:
    """
    What is remembered of a run while it trains.

    :param first: how much was done at the first validation, and when that was
    :param shown: when a line was last written
    :param best: the lowest ESR
    :param waiting: a text that was not due, which is shown at the end
    :param width: of the bar and its text on the screen
    """

    first: tuple[float, float] | None = None
    shown: float = -math.inf
    best: float = math.inf
    waiting: str = ""
    width: int = 0


@dataclass
class Watches:
    """The runs of this process that are training, by their directories."""

    running: dict[Path, Watch] = field(default_factory=dict)

    def show(self, run: Prepared, progress: Progress) -> None:
        """Show a validation, if it is due."""
        style = run.options.progress or ("bar" if sys.stderr.isatty() else "lines")
        if run.trainer.shows_progress or style == "json" or run.directory is None:
            return
        watch, now = self.running.setdefault(run.directory, Watch()), time.monotonic()
        done = fraction_of(progress)
        watch.best = min(watch.best, progress.metrics.get("ESR", math.inf))
        if watch.first is None and done is not None:
            watch.first = (done, now)
        text = _text(progress, watch, done, now)
        if style == "bar":
            text = f"{'' if done is None else _bar(done) + '  '}{text}"
            sys.stderr.write("\r" + text.ljust(watch.width))
            sys.stderr.flush()
            watch.width = len(text)
        elif now - watch.shown >= MINUTE:
            print(text, file=sys.stderr, flush=True)
            watch.shown, watch.waiting = now, ""
        else:
            watch.waiting = text

    def end(self, run: Prepared) -> None:
        """Leave the last state on the screen."""
        watch = None if run.directory is None else self.running.pop(run.directory, None)
        if watch is not None and (watch.waiting or watch.width):
            print(watch.waiting, file=sys.stderr, flush=True)


WATCHES = Watches()


def fraction_of(progress: Progress) -> float | None:
    """Return how much of a training is done, from 0 to 1; None where it has no planned end."""
    if progress.steps:
        return min(progress.step / progress.steps, 1.0)
    return min(progress.epoch / progress.epochs, 1.0) if progress.epochs else None


def _text(progress: Progress, watch: Watch, done: float | None, now: float) -> str:
    parts = [f"epoch {progress.epoch}" + (f"/{progress.epochs}" if progress.epochs else "")]
    parts += [] if done is None else [f"{math.floor(100 * done)} %"]
    if done is not None and watch.first is not None and done > watch.first[0]:
        parts.append(f"{duration((now - watch.first[1]) / (done - watch.first[0]) * (1 - done))} left")
    if "ESR" in progress.metrics:
        parts.append(f"ESR {number(progress.metrics['ESR'])}")
    if math.isfinite(watch.best):
        parts.append(f"best {number(watch.best)}")
    return "  ".join(parts)


def _bar(done: float) -> str:
    full = round(WIDTH * done)
    return "#" * full + "." * (WIDTH - full)
