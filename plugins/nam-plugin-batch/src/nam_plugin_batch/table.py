"""Read a table of captures from a CSV file, as spreadsheets write it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from nam_kernel.errors import ConfigError, Problem
from nam_plugin_batch.rows import Cells

_SEPARATORS = ",;\t"
_LARGEST = 64 * 2**20


def read_cells(path: Path) -> tuple[list[str], list[Cells]]:
    """
    Return the columns of a table and its rows; empty ones are passed over.

    The separator is a comma, a semicolon or a tab, whichever the first line has most of.

    :raises ConfigError: when the file cannot be read, or is not a table
    """
    text = _text(path)
    header = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in line]) for line in reader if any(map(str.strip, line))]
    except csv.Error as error:
        raise ConfigError(str(path), [Problem(f"line {reader.line_num}", f"is not CSV ({error})")]) from None
    if not lines:
        raise ConfigError(str(path), ["the table is empty; its first line names the columns: name,x_path,y_path"])
    (_, columns), *rest = lines
    while columns and not columns[-1]:
        columns.pop()
    problems = [
        Problem(
            f"line {number}",
            f"has {len(line)} cells, and there are {len(columns)} columns; put quotes around a text with {separator!r}",
        )
        for number, line in rest
        if any(line[len(columns) :])
    ]
    if problems:
        raise ConfigError(str(path), problems)
    return columns, [Cells(f"line {number}", dict(zip(columns, line, strict=False))) for number, line in rest]


def _text(path: Path) -> str:
    if path.is_dir():
        raise ConfigError(str(path), ["this is a folder; name a table, or give --pattern to make rows of its files"])
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigError(str(path), ["this file is far too large to be a table; was another one meant?"])
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(str(path), ["there is no such file; the table of the batch is expected here"]) from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), ["is not text in UTF-8; save it as 'CSV UTF-8' in the spreadsheet"]) from None
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read ({error.strerror or error})"]) from None
