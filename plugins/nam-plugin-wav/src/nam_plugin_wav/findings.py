"""What was found in the recordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """
    One thing worth knowing before a training.

    :param kind: in one word, ``"clipping"``
    :param severity: an error makes training senseless, a warning makes its result worse, an info is a fact
    :param where: the file or files that it is about
    :param sentence: what was found, and what to do about it
    """

    kind: str
    severity: Severity
    where: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence}"
