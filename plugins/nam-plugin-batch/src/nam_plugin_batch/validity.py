"""Check the configs of all rows before anything begins, as far as that needs no recordings."""

from __future__ import annotations

import json
from collections.abc import Iterable

from nam_kernel.config.read import read_documents
from nam_kernel.errors import ConfigError, Problem
from nam_kernel.run.prepare import check_documents
from nam_plugin_batch.rows import Row
from nam_plugin_batch.templates import Documents, Templates


def require_valid(templates: Templates, rows: Iterable[Row]) -> None:
    """
    Refuse configs that no row could be trained with, and rows that make them so; equal ones are checked once.

    :raises ConfigError: with all that is wrong
    """
    common = Documents(templates.data, templates.model, templates.learning)
    _check(common)
    known = {_key(common)}
    problems: list[Problem] = []
    for row in rows:
        changed = any(not column.startswith("data.") for column in row.overrides)
        documents = templates.of(row)
        if changed and (key := _key(documents)) not in known:
            known.add(key)
            try:
                _check(documents)
            except ConfigError as error:
                told = f"the row '{row.name}', {error.source.removeprefix('the configs')}".rstrip(", ")
                problems += [Problem(f"{told}: {p.where}" if p.where else told, p.what) for p in error.problems]
    if problems:
        raise ConfigError("the configs of the rows", problems)


def _check(documents: Documents) -> None:
    check_documents(read_documents(documents.data or {"train": {}}, documents.model, documents.learning))


def _key(documents: Documents) -> str:
    """Return what two rows have in common whose model and learning configs are equal."""
    return json.dumps(documents[1:], sort_keys=True, default=str)
