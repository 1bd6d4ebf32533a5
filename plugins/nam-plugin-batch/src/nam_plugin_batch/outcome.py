"""How a row ended, in a form that is printed, written as CSV and shown on the page; and the exit code of a batch."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from nam_kernel.quality import band_of
from nam_plugin_batch.record import RowRecord, State

Ending = Literal["done", "skipped", "changed", "running", "interrupted", "waiting", "failed", "wrong input"]
"""
``skipped``: it was done before; ``changed``: likewise, but of other recordings or configs than the table names now;
``waiting``: its turn has not come, or did not come before the batch was ended.
"""

_ENDINGS: dict[State, Ending] = {
    "waiting": "waiting",
    "running": "interrupted",
    "done": "done",
    "interrupted": "interrupted",
    "failed": "failed",
    "wrong": "wrong input",
}


@dataclass(frozen=True)
class Outcome:
    """
    How a row ended.

    :param esr: of its model, where there is one; of several sizes, that of the largest
    :param minutes: that it was trained
    :param file: of its model, in the folder of the batch
    :param told: why it ended so, or what is wrong with its recordings
    :param report: of its run, below the folder of the batch
    """

    name: str
    ending: Ending
    esr: float | None = None
    minutes: float | None = None
    file: str | None = None
    told: str = ""
    report: str | None = None

    @property
    def verdict(self) -> str:
        """The ESR in words."""
        if self.esr is None:
            return "not validated" if self.file else ""
        band = band_of(self.esr) if math.isfinite(self.esr) else None
        return band.word if band else "diverged"


def outcome_of(record: RowRecord, ending: Ending | None = None, told: str | None = None) -> Outcome:
    """
    Return how a row ended.

    :param ending: where it is not the one of the record
    :param told: in place of what the record says
    """
    more = f" (and {record.warnings - 1} more)" if record.warnings > 1 else ""
    return Outcome(
        name=record.name,
        ending=ending or _ENDINGS[record.state],
        esr=record.esr,
        minutes=record.seconds / 60 if record.seconds else None,
        file=record.file,
        told=record.told + more if told is None else told,
    )


def exit_code(outcomes: Iterable[Outcome], interrupted: int | None) -> int:
    """
    Return the exit code of a batch: 0 all rows are done; 1 the program failed at one; 2 the input of one is wrong.

    Where one failed and the input of another is wrong, it is 1.

    :param interrupted: the number of the signal that ended the batch
    """
    if interrupted is not None:
        return 128 + interrupted
    endings = {outcome.ending for outcome in outcomes}
    return 1 if endings & {"failed", "interrupted"} else 2 if "wrong input" in endings else 0
