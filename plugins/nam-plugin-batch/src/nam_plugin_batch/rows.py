"""A row of a batch: one capture, with what it changes in the configs; and everything that is wrong with the rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nam_kernel.config import Config, FilePath, validate
from nam_kernel.errors import Problem
from nam_plugin_batch.columns import FILES, METADATA, keys_of, metadata_of, put, value_of

Json = dict[str, Any]

_NO_FILE_NAME = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?|batch\.(csv|html)", re.IGNORECASE)
_LONGEST = 120


class Files(Config):
    """The recordings of a row, looked up."""

    x_path: FilePath | None = None
    y_path: FilePath | None = None


@dataclass(frozen=True)
class Cells:
    """
    A row as it was given.

    :param where: what messages call it: ``line 3``
    :param values: the text of its cells by their columns
    """

    where: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """
    One capture.

    :param name: of its model file and of the folder of its run
    :param x_path: of the DI, absolute; None where the data config of the batch names it
    :param y_path: of the amplifier, likewise
    :param metadata: what the model file says, by the keys of the data config's ``metadata``
    :param overrides: values by dotted columns
    """

    name: str
    x_path: Path | None
    y_path: Path | None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Common:
    """
    What all rows have in common.

    :param folder: in which relative paths are looked up
    :param di: the DI of rows that name none
    :param documents: the configs that the rows change, by their names
    :param needed: of ``FILES``, what no config names and a row has to
    """

    folder: Path
    di: Path | None = None
    documents: Mapping[str, Json] = field(default_factory=dict)
    needed: Sequence[str] = FILES


def rows_of(given: Sequence[Cells], common: Common) -> tuple[list[Row], list[Problem]]:
    """Return the rows, and everything that is wrong with any of them."""
    rows: list[Row] = []
    problems: list[Problem] = []
    for cells in given:
        row, wrong = _row(cells, common)
        rows.append(row)
        problems += [Problem(f"{cells.where}, {problem.where}", problem.what) for problem in wrong]
    return rows, [*problems, *_same_names(zip(given, rows, strict=True))]


def _row(cells: Cells, common: Common) -> tuple[Row, list[Problem]]:
    values = {column: text.strip() for column, text in cells.values.items()}
    name = values.get("name", "")
    problems = [Problem("name", told)] if (told := _wrong_name(name)) else []
    named = {key: values[key] for key in FILES if values.get(key)}
    for key in FILES:
        if key in common.needed and key not in named and not (key == "x_path" and common.di):
            remedy = "name the DI, or give one for all rows with --di" if key == "x_path" else "name the recording"
            problems.append(Problem(key, f"is empty; {remedy}"))
    found, wrong = validate(Files, named, base=common.folder)
    problems += wrong
    files = found or Files()
    metadata, wrong = metadata_of(values)
    overrides = {c: value_of(text) for c, text in values.items() if text and c not in (*FILES, *METADATA)}
    for column, value in overrides.items():
        document, *keys = keys_of(column)
        try:
            put(_copied(common.documents.get(str(document), {})), keys, value)
        except ValueError as error:
            problems.append(Problem(column, str(error)))
    return Row(name, files.x_path or common.di, files.y_path, metadata, overrides), [*problems, *wrong]


def _copied(document: Any) -> Any:
    """Return a document that can be changed while the other one stays as it is."""
    if isinstance(document, dict):
        return {key: _copied(value) for key, value in document.items()}
    return [_copied(value) for value in document] if isinstance(document, list) else document


def _wrong_name(name: str) -> str:
    """Return why a name is not that of a file; empty when it is."""
    if not name:
        return "is empty; name the row, its model is written to NAME.nam"
    found = _NO_FILE_NAME.search(name)
    if found:
        what = "a control character" if found[0] < " " else found[0]
        return f"'{name}' is no file name, it has {what} in it; use letters, digits, spaces, - and _"
    if name.lower().endswith(".nam"):
        return f"'{name}' ends in .nam, which is added by itself; leave it out"
    if name.startswith(".") or name.endswith(".") or _RESERVED.fullmatch(name):
        return f"'{name}' cannot be a file name everywhere; choose another one"
    if len(name.encode()) > _LONGEST:
        return f"'{name[:30]}...' has {len(name.encode())} bytes, which are too many for a file name; shorten it"
    return ""


def _same_names(rows: Iterable[tuple[Cells, Row]]) -> list[Problem]:
    """Return a problem for each name that several rows have; on many systems capitals do not tell files apart."""
    places_of: dict[str, list[str]] = {}
    for cells, row in rows:
        if row.name:
            places_of.setdefault(row.name.casefold(), []).append(cells.where)
    return [
        Problem(f"{', '.join(where[:-1])} and {where[-1]}, name", f"{len(where)} rows are named '{name}'; rename them")
        for name, where in places_of.items()
        if len(where) > 1
    ]
