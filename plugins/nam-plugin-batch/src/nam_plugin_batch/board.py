"""What is known of all rows of a batch while it runs: said on stderr, and kept as ``batch.csv`` and ``batch.html``."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nam_kernel.files import atomic_write_text
from nam_plugin_batch.outcome import Outcome
from nam_plugin_batch.page import PAGE, page_of
from nam_plugin_batch.schedule import News
from nam_plugin_batch.summary import CSV, counted, csv_of, esr_of, minutes_of

_OFTEN = 5.0
"""Seconds after which the files are written anew while rows are being trained."""

_REPORT = "report.html"


class Board:
    """
    All rows of a batch, in the order of the table.

    :param names: of the rows
    :param outdir: the folder of the batch
    """

    def __init__(self, names: Sequence[str], outdir: Path) -> None:
        self.outdir = outdir
        self._rows = {name: Outcome(name, "waiting") for name in names}
        self._written = time.monotonic()

    @property
    def outcomes(self) -> list[Outcome]:
        """How each row ended, or where it is."""
        return list(self._rows.values())

    def settle(self, outcome: Outcome) -> None:
        """Note how a row ended, and where its report is."""
        report = f"{outcome.name}/{_REPORT}"
        self._rows[outcome.name] = replace(outcome, report=report if (self.outdir / report).is_file() else None)

    def hear(self, news: News) -> None:
        """Note what happened to a row, and say it."""
        if news.outcome is None:
            self._rows[news.name] = Outcome(news.name, "running")
            self._say(f"{news.name}: {news.told}")
        else:
            self.settle(news.outcome)
            if news.outcome.ending != "waiting":
                self._say(f"{news.name}: {_described(news.outcome)}")
        if time.monotonic() - self._written > _OFTEN:
            self.write()

    def write(self) -> None:
        """Write the table and the page."""
        atomic_write_text(self.outdir / CSV, csv_of(self.outcomes))
        atomic_write_text(self.outdir / PAGE, page_of(self.outcomes, self.outdir.name))
        self._written = time.monotonic()

    def close(self) -> None:
        """Write the table and the page for the last time, and say where they are."""
        self.write()
        print(f"\n{counted(self.outcomes)}. The table: {self.outdir / CSV}, {self.outdir / PAGE}", file=sys.stderr)
        if any(outcome.ending in ("interrupted", "waiting") for outcome in self.outcomes):
            print("To go on, give the same command again.", file=sys.stderr)

    def _say(self, line: str) -> None:
        ended = sum(outcome.ending not in ("waiting", "running") for outcome in self.outcomes)
        print(f"[{ended}/{len(self._rows)}] {line}", file=sys.stderr, flush=True)


def _described(outcome: Outcome) -> str:
    """Return how a row ended, in a line."""
    if outcome.ending in ("failed", "wrong input"):
        return f"{outcome.ending}: {outcome.told}"
    esr = f"ESR {esr_of(outcome)}, " if outcome.esr is not None else ""
    parts = [outcome.ending, f"{esr}{outcome.verdict}"]
    if outcome.minutes is not None:
        parts.append(f"{minutes_of(outcome)} min")
    return ", ".join(part for part in parts if part)
