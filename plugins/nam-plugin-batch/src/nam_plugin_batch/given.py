"""The rows that a batch is given, from a table or from the names of files; all that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nam_kernel.errors import ConfigError, Problem
from nam_plugin_batch.columns import problem_of
from nam_plugin_batch.pattern import USUAL, Pattern, read_files
from nam_plugin_batch.rows import Cells, Common, Row, rows_of
from nam_plugin_batch.table import read_cells
from nam_plugin_batch.templates import Templates


def rows_from_table(table: Path, templates: Templates, di: Path | None) -> list[Row]:
    """
    Return the rows of a table; paths in it are relative to it.

    :param di: of rows that name none
    :raises ConfigError: with everything that is wrong with the table
    """
    columns, cells = read_cells(table)
    common = Common(table.absolute().parent, di, templates.named, templates.needed)
    return _checked(str(table), columns, cells, common)


def rows_from_files(
    folders: Sequence[Path], pattern: str | None, templates: Templates, di: Path | None
) -> tuple[list[Row], list[Path]]:
    """
    Return a row for each file whose name fits a pattern, and the files of the kind that do not fit.

    :raises ConfigError: with everything that is wrong with them
    """
    chosen = Pattern(pattern or USUAL)
    cells, others = read_files(folders, chosen, di)
    common = Common(Path.cwd(), di, templates.named, templates.needed)
    return _checked(f"--pattern {chosen.text}", [*chosen.columns, "y_path"], cells, common), others


def _checked(source: str, columns: Sequence[str], cells: Sequence[Cells], common: Common) -> list[Row]:
    problems = _wrong_columns(columns, common)
    known = [column for column in columns if problem_of(column, common.documents) is None]
    kept = [Cells(c.where, {column: c.values.get(column, "") for column in known}) for c in cells]
    missing = [key for key in ("name", *common.needed) if key not in columns and not (key == "x_path" and common.di)]
    rows, wrong = rows_of(kept, common)
    # A column that is not there has been told once already.
    problems += [p for p in wrong if not any(p.where.endswith(f", {key}") for key in missing)]
    if not cells and not problems:
        problems.append(Problem("", "the table has no row below its first line"))
    if problems:
        raise ConfigError(source, problems)
    return rows


def _wrong_columns(columns: Sequence[str], common: Common) -> list[Problem]:
    problems = []
    for column in dict.fromkeys(columns):
        told = problem_of(column, common.documents) if column else "has no name in the first line"
        if told is not None:
            problems.append(Problem(f"column '{column}'", told))
        if columns.count(column) > 1:
            problems.append(Problem(f"column '{column}'", f"is there {columns.count(column)} times; keep one"))
    for key in ("name", *common.needed):
        if key not in columns and not (key == "x_path" and common.di):
            remedy = ", or name one DI for all rows with --di" if key == "x_path" else ""
            problems.append(Problem("", f"there is no column '{key}'; name it in the first line{remedy}"))
    return problems
