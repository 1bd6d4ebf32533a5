"""The table at the end of a batch: as text for people, and as ``batch.csv`` for programs and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence

from nam_plugin_batch.outcome import Outcome

CSV = "batch.csv"
COLUMNS = ("name", "state", "esr", "verdict", "minutes", "file", "told")

_WIDEST = 40
_TO_THE_RIGHT = (False, False, True, False, True, False)


def text_of(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield the table as lines, and below it what there is to say of single rows."""
    rows = [("name", "state", "ESR", "verdict", "minutes", "file"), *map(_shown, outcomes)]
    widths = [min(max(map(len, column)), _WIDEST) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, widths, _TO_THE_RIGHT, strict=True)
        yield "  ".join(_fitted(cell, width, right=right) for cell, width, right in cells).rstrip()
    told = [outcome for outcome in outcomes if outcome.told]
    if told:
        yield ""
    yield from (f"{outcome.name}: {outcome.told}" for outcome in told)


def csv_of(outcomes: Sequence[Outcome]) -> str:
    """Return the table as CSV; what is not known is an empty cell."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for outcome in outcomes:
        esr, minutes = ("" if number is None else f"{number:.6g}" for number in (outcome.esr, outcome.minutes))
        line = (outcome.name, outcome.ending, esr, outcome.verdict, minutes, outcome.file or "", outcome.told)
        writer.writerow(line)
    return stream.getvalue()


def counted(outcomes: Sequence[Outcome]) -> str:
    """Return how many rows ended how: ``58 done, 1 failed``."""
    counts = Counter(outcome.ending for outcome in outcomes)
    return ", ".join(f"{count} {ending}" for ending, count in counts.items())


def esr_of(outcome: Outcome) -> str:
    """Return the ESR for people, empty where there is none."""
    return "" if outcome.esr is None else f"{outcome.esr:.4f}"


def minutes_of(outcome: Outcome) -> str:
    """Return the minutes for people, empty where there are none."""
    return "" if outcome.minutes is None else f"{outcome.minutes:.1f}"


def _shown(outcome: Outcome) -> tuple[str, ...]:
    file = outcome.file or ""
    return outcome.name, outcome.ending, esr_of(outcome), outcome.verdict, minutes_of(outcome), file


def _fitted(cell: str, width: int, *, right: bool) -> str:
    cut = cell if len(cell) <= width else f"{cell[: width - 3]}..."
    return cut.rjust(width) if right else cut.ljust(width)
