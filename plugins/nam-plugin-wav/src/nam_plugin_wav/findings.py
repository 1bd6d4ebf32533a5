"""What was found in the recordings, as records and as a table for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]

_ORDER = {"error": 0, "warning": 1, "info": 2}


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


def text_table(findings: Iterable[Finding], width: int = 110) -> str:
    """
    Lay the findings out in three columns, the worst first.

    :param width: of the terminal, in characters
    """
    ordered = sorted(findings, key=lambda finding: _ORDER[finding.severity])
    place = min(max((len(f.where) for f in ordered), default=0), width // 3)
    lines: list[str] = []
    for finding in ordered:
        wheres = textwrap.wrap(finding.where, place) or [""]
        texts = textwrap.wrap(finding.sentence, max(width - place - 11, 30))
        for i in range(max(len(wheres), len(texts))):
            severity = finding.severity if i == 0 else ""
            where = wheres[i] if i < len(wheres) else ""
            text = texts[i] if i < len(texts) else ""
            lines.append(f"{severity:<7}  {where:<{place}}  {text}".rstrip())
    return "\n".join(lines)
