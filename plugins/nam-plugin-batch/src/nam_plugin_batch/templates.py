"""The configs that all rows begin with: read, made of the usual settings, and filled in for a row."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from nam_kernel.config.read import read_documents
from nam_kernel.errors import ConfigError, Problem
from nam_plugin_batch.columns import FILES, keys_of, put
from nam_plugin_batch.rows import Row
from nam_plugin_capture import net_of, settings

Json = dict[str, Any]

_MARKS = {"data": ("train",), "model": ("net", "init_from")}
"""Keys of which a config has one."""


class Documents(NamedTuple):
    """
    The configs of a row.

    :param data: None where it is to be split as ``capture`` does
    """

    data: Json | None
    model: Json
    learning: Json


@dataclass(frozen=True)
class Templates:
    """
    The configs that all rows begin with.

    :param data: None where each row is split as ``capture`` does
    """

    data: Json | None
    model: Json
    learning: Json

    @property
    def named(self) -> dict[str, Json]:
        """The configs by their names, for those who look for keys in them."""
        return {"data": self.data or {}, "model": self.model, "learning": self.learning}

    @property
    def needed(self) -> tuple[str, ...]:
        """Which recordings a row has to name itself."""
        common = (self.data or {}).get("common", {})
        return tuple(key for key in FILES if key not in common)

    def of(self, row: Row) -> Documents:
        """Return the configs of a row: its recordings, metadata and overrides in place."""
        filled = copy.deepcopy(self.named)
        if self.data is not None:
            _fill(filled["data"], row)
        for column, value in row.overrides.items():
            document, *keys = keys_of(column)
            if document != "data" or self.data is not None:
                put(filled[str(document)], keys, value)
        return Documents(filled["data"] if self.data is not None else None, filled["model"], filled["learning"])


def read_templates(
    data: Path | None, model: Path | None, learning: Path | None, *, size: str, epochs: int | None
) -> Templates:
    """
    Return the configs of a batch; what is not given is as ``capture`` has it.

    :param size: of the net, where no model config is given
    :param epochs: of each row, or None for as many as the learning config says
    :raises ConfigError: when a config cannot be read, or cannot be one for several rows
    """
    recipe = None if learning is None else "recipe" in _read(learning, "learning")
    beside, usual = settings(recipe=recipe)
    models = {"net": net_of(size), **beside} if model is None else _read(model, "model")
    learnings = usual if learning is None else _read(learning, "learning")
    if epochs is not None:
        try:
            put(learnings, ("trainer", "max_epochs"), epochs)
        except ValueError as error:
            raise ConfigError(f"--epochs {epochs}", [str(error)]) from None
    return Templates(None if data is None else _data(data), models, learnings)


def _read(path: Path, name: str) -> Json:
    """Return a config, the files that it names looked up beside it."""
    given: dict[str, Any] = {key: {} for key in ("data", "model", "learning")}
    document: Json = getattr(read_documents(**{**given, name: path}), name)
    marks = _MARKS.get(name, ())
    if marks and not any(mark in document for mark in marks):
        raise ConfigError(str(path), [f"this is no {name} config, it has no '{marks[0]}'; was another file meant?"])
    found: Json = _anchored(document, path.absolute().parent)
    return found


def _anchored(value: Any, folder: Path) -> Any:
    """
    Return a config with absolute paths in place of those of files beside it.

    Which keys name files is known to the components alone; what looks like a file's name, and is one there, is it.
    """
    if isinstance(value, dict):
        return {key: _anchored(inner, folder) for key, inner in value.items()}
    if isinstance(value, list):
        return [_anchored(inner, folder) for inner in value]
    if isinstance(value, str) and Path(value).suffix and len(value) < 1000:
        given = Path(os.path.expanduser(os.path.expandvars(value)))
        if not given.is_absolute() and "\0" not in value and (folder / given).is_file():
            return str(folder / given)
    return value


def _data(path: Path) -> Json:
    """
    Return the data config that all rows begin with; of several entries that name one file it is common to them.

    :raises ConfigError: when its entries name different recordings, of which a row could replace neither
    """
    document = _read(path, "data")
    common = document.setdefault("common", {})
    if not isinstance(common, dict):
        raise ConfigError(str(path), [Problem("common", "is no object {...}")])
    entries = [entry for split in ("train", "validation") for entry in _entries(document.get(split))]
    problems = []
    for key in FILES:
        named = {str(entry.pop(key)) for entry in entries if key in entry}
        if len(named) > 1:
            told = f"names {len(named)} recordings as {key}, and a row has one; leave {key} out, the table names it"
            problems.append(Problem("", told))
        elif named and key not in common:
            common[key] = named.pop()
    if problems:
        raise ConfigError(str(path), problems)
    return document


def _entries(given: Any) -> list[Json]:
    return [entry for entry in (given if isinstance(given, list) else [given]) if isinstance(entry, dict)]


def _fill(document: Json, row: Row) -> None:
    files = {key: path for key, path in zip(FILES, (row.x_path, row.y_path), strict=True) if path is not None}
    document["common"] = {**document["common"], **{key: str(path) for key, path in files.items()}}
    document["metadata"] = {**_mapping(document.get("metadata")), **row.metadata}


def _mapping(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, dict) else {}
