"""Write a net as a ``.nam`` file."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nam_kernel import plugins
from nam_kernel.errors import PluginError, TrainingError
from nam_kernel.files import atomic_write_text
from nam_kernel.interfaces import BaseNet, Metadata
from nam_kernel.models import document_of
from nam_plugin_nam.document import problem_of
from nam_plugin_nam.loudness import loudness_and_gain


def export(net: BaseNet, outdir: Path, basename: str, metadata: Metadata) -> list[Path]:
    """
    Write ``basename.nam``, all of it or nothing.

    :param metadata: what the user and the run say of the model; when empty, a net that was read from a file keeps
        what that file said
    :raises TrainingError: when the net holds numbers that no player can use
    :raises PluginError: when a plugin's ``nam_export`` breaks the document
    """
    document = make_document(net, metadata)
    path = outdir / f"{basename}.nam"
    atomic_write_text(path, json.dumps(document, allow_nan=False))
    return [path]


def make_document(net: BaseNet, metadata: Metadata) -> dict[str, Any]:
    """Make the document of a net, after every plugin's ``nam_export``."""
    described = document_of(net)
    document = {
        "version": described.pop("version"),
        "metadata": dict(net.metadata) if not metadata and net.metadata else _metadata(net, metadata),
        **described,
    }
    problem = problem_of(document)
    if problem:
        raise TrainingError(f"the net cannot be written: {problem}")
    for title, edit in plugins.current().each("nam_export"):
        edit(document=document, net=net)
        problem = problem_of(document) or _json_problem(document)
        if problem:
            raise PluginError(f"{title}: its nam_export broke the document: {problem}")
    return document


def _metadata(net: BaseNet, metadata: Metadata) -> dict[str, Any]:
    now = time.localtime()
    date = {
        "year": now.tm_year,
        "month": now.tm_mon,
        "day": now.tm_mday,
        "hour": now.tm_hour,
        "minute": now.tm_min,
        "second": now.tm_sec,
    }
    measured = loudness_and_gain(net)
    levels: Mapping[str, float] = {"loudness": measured[0], "gain": measured[1]} if measured else {}
    return {"date": date, **levels, **metadata}


def _json_problem(document: Mapping[str, Any]) -> str:
    try:
        json.dumps(document, allow_nan=False)
    except (TypeError, ValueError) as error:
        return str(error)
    return ""
