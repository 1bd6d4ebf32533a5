"""Write a net as a ``.nam`` file."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nam_kernel import plugins
from nam_kernel.errors import NamKernelError, PluginError, TrainingError, UserError
from nam_kernel.files import atomic_write_text
from nam_kernel.interfaces import BaseNet, Metadata
from nam_kernel.models import document_of
from nam_plugin_nam.counting import readers
from nam_plugin_nam.document import json_problem, models_in, problem_within
from nam_plugin_nam.figures import measured, split_by_size
from nam_plugin_nam.read import reading_problem


def export(net: BaseNet, outdir: Path, basename: str, metadata: Metadata) -> list[Path]:
    """
    Write ``basename.nam``, all of it or nothing.

    :param metadata: what the user and the run say of the model; when empty, a net that was read from a file keeps
        what that file said
    :raises TrainingError: when the net holds numbers that no player can use
    :raises UserError: when the metadata is not of JSON types
    :raises PluginError: when the net cannot describe itself, or a plugin's ``nam_export`` breaks the document
    """
    document = make_document(net, metadata)
    path = outdir / f"{basename}.nam"
    atomic_write_text(path, json.dumps(document, allow_nan=False))
    return [path]


def refuses(net: BaseNet) -> str | None:
    """Return why a net cannot be written, or its file could not be read back; None when all is well."""
    try:
        described = _described(net)
    except NamKernelError as error:
        return str(error)
    problem = reading_problem(described)
    if problem:
        return f"its file could not be read back: {problem}"
    if net.outputs:
        try:
            net.at_size(1.0)
        except UserError:
            return f"it has {len(net.outputs)} outputs and no at_size, which returns the net that a player plays"
    return None


def make_document(net: BaseNet, metadata: Metadata) -> dict[str, Any]:
    """Return the document of a net, after every plugin's ``nam_export``."""
    described = _described(net)
    document = {
        "version": described.pop("version"),
        "metadata": dict(net.metadata) if not metadata and net.metadata else _metadata(net, described, metadata),
        **described,
    }
    problem = json_problem(document["metadata"])
    if problem:
        raise UserError(f"the metadata cannot be written: {problem}; give text, numbers, lists and dictionaries")
    _edit(document, net)
    return document


def _described(net: BaseNet) -> dict[str, Any]:
    """Return the document of a net, without metadata; it is one that could be written."""
    try:
        document = document_of(net)
    except (NamKernelError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise PluginError(f"{net.architecture} cannot describe itself: {type(error).__name__}: {error}") from error
    problem = problem_within(document) or json_problem(document)
    if problem:
        raise TrainingError(f"the net cannot be written: {problem}")
    return document


def _edit(document: dict[str, Any], net: BaseNet) -> None:
    """
    Let every plugin edit a document, and hold each to what it made of it.

    :raises PluginError: naming the one that broke it
    """
    # What could not be read back before the edits is nobody's fault after them.
    was_readable: bool | None = None
    for title, edit in plugins.current().each("nam_export"):
        was_readable = not reading_problem(document) if was_readable is None else was_readable
        before = {model["architecture"] for _, model in models_in(document)}
        edit(document=document, net=net)
        problem = problem_within(document) or json_problem(document)
        if not problem and was_readable:
            new = [name for _, model in models_in(document) if (name := model["architecture"]) not in before]
            unknown = [name for name in new if not readers(name)]
            problem = f"nobody here reads the architecture {unknown[0]!r}" if unknown else reading_problem(document)
        if problem:
            raise PluginError(f"{title}: its nam_export broke the document: {problem}")


def _metadata(net: BaseNet, described: Mapping[str, Any], metadata: Metadata) -> dict[str, Any]:
    """Return the metadata of a document; that of each size in it is put there, where it has none."""
    said, of_sizes = split_by_size(_finite(metadata), net.outputs)
    date = {"date": _date()}
    levels = measured(net, described["config"], [{**date, **of_size} for of_size in of_sizes])
    return {**date, **levels, **said}


def _date() -> dict[str, int]:
    now = time.localtime()
    return {
        "year": now.tm_year,
        "month": now.tm_mon,
        "day": now.tm_mday,
        "hour": now.tm_hour,
        "minute": now.tm_min,
        "second": now.tm_sec,
    }


def _finite(value: Any) -> Any:
    """Return a value with null in place of what JSON has no number for, such as an ESR that is infinite."""
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
