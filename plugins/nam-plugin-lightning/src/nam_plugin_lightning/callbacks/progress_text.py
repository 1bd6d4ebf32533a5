"""How far a training is, as text: a bar, the time left, and what fits into the width of a terminal."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from typing import NamedTuple, TextIO

BLOCKS, PLAIN = ("\u2588", "\u2591"), ("#", ".")
"""What is done and what is left, for terminals that can show blocks and for others."""


class Part(NamedTuple):
    """
    A part of the line.

    :param rank: parts of a higher one go first where the line is too long
    """

    text: str
    rank: int = 0


def bar(fraction: float, width: int, encoding: str | None = None) -> str:
    """
    Return a bar of ``width`` characters.

    :param fraction: that is done; what lies outside of 0 to 1 is taken as the nearer of them
    :param encoding: of the terminal
    """
    done = round(width * min(max(fraction, 0.0), 1.0))
    full, empty = PLAIN
    try:
        "".join(BLOCKS).encode(encoding or "ascii")
        full, empty = BLOCKS
    except (UnicodeEncodeError, LookupError):
        pass
    return full * done + empty * (width - done)


def fitted(parts: Sequence[Part], columns: int) -> str:
    """Return the parts as one line, without those that do not fit."""
    kept = list(parts)
    while len(kept) > 1 and len(_joined(kept)) > columns:
        kept.remove(max(reversed(kept), key=lambda part: part.rank))
    return _joined(kept)[: max(columns, 1)]


def columns_of(stream: TextIO) -> int:
    """Return how many characters a line on a terminal may have without being wrapped; 79 where nobody knows."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError, AttributeError):
        columns = shutil.get_terminal_size().columns
    return max(columns, 20) - 1


def duration(seconds: float) -> str:
    """Return seconds as people say them: ``45 s``, ``12 min``, ``3 h 05 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def _joined(parts: Sequence[Part]) -> str:
    return "  ".join(part.text for part in parts)
