"""Read a table that a person wrote: CSV, whatever separates its columns."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from nam_kernel.errors import ConfigError, Problem

SEPARATORS = ",;\t"
MOST_LINES = 100_000


@dataclass(frozen=True)
class Table:
    """
    The cells of a CSV file, as text.

    :param lines: the number in the file of each row
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    separator: str

    def number(self, text: str) -> float | None:
        """Return a cell as a number, with a decimal comma where commas do not separate; None where it is none."""
        return number(text if self.separator == "," else text.replace(",", ".", 1))


def number(text: str) -> float | None:
    """Return a finite number that is written as one, and None for any other text."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value - value == 0 and "_" not in text else None


def read_table(path: Path, what: str = "a table") -> Table:
    """
    Return the cells of a CSV file; empty lines, and those that begin with ``#``, are passed over.

    :raises ConfigError: naming the file and the line
    """
    text = _text(path, what)
    kept = [(i, line) for i, line in enumerate(text.splitlines(), 1) if line.strip() and line.lstrip()[0] != "#"]
    if not kept:
        raise ConfigError(str(path), [f"the file is empty; {what} begins with a line of column names"])
    separator = max(SEPARATORS, key=lambda mark: kept[0][1].count(mark))
    cells = [tuple(cell.strip() for cell in next(csv.reader([line], delimiter=separator))) for _, line in kept]
    columns, rows, lines = cells[0], cells[1:], [i for i, _ in kept[1:]]
    problems = _problems(columns, rows, lines)
    if not rows:
        problems = [Problem("", "there is nothing below the column names; add a line")]
    if problems:
        raise ConfigError(str(path), problems)
    padded = [row[: len(columns)] + ("",) * (len(columns) - len(row)) for row in rows]
    return Table(path, columns, tuple(padded), tuple(lines), separator)


def _problems(columns: tuple[str, ...], rows: list[tuple[str, ...]], lines: list[int]) -> list[Problem]:
    problems = []
    twice = next((name for name in columns if name and columns.count(name) > 1), None)
    if twice is not None:
        problems.append(Problem("line 1", f"the column '{twice}' is there twice; rename or remove one"))
    for line, row in zip(lines, rows, strict=True):
        if any(row[len(columns) :]):
            told = f"{len(row)} cells, but there are {len(columns)} columns; put text with a separator into quotes"
            problems.append(Problem(f"line {line}", told))
    for position, name in enumerate(columns):
        if not name and any(row[position : position + 1] != ("",) for row in rows if len(row) > position):
            problems.append(Problem("line 1", f"column {position + 1} has no name; give it one, or remove it"))
    return problems


def _text(path: Path, what: str) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(str(path), [f"this is not text in UTF-8; save {what} as CSV in UTF-8"]) from None
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read ({error.strerror or error})"]) from None
    if text.count("\n") > MOST_LINES or "\0" in text:
        raise ConfigError(str(path), [f"this is too large, or no text, to be {what}; was another file meant?"])
    return text
