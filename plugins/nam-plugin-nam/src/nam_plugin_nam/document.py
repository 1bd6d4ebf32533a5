"""What makes a dictionary a ``.nam`` document: its keys, its version, numbers that a player can use."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

OLDEST, NEWEST = (0, 5), (0, 7)
"""The file versions, without their last number, that this plugin knows."""

LARGEST_FLOAT32 = (2 - 2**-23) * 2.0**127
"""Players keep weights in this format (IEEE 754, binary32)."""


def problem_of(document: Any) -> str:
    """Return what keeps a dictionary from being a ``.nam`` document, as a sentence; empty when nothing does."""
    if not isinstance(document, dict):
        return "it is not a JSON object, so not a model"
    for key, kind, told in (
        ("version", str, "a string such as 0.5.4"),
        ("architecture", str, "the name of an architecture"),
        ("config", dict, "an object"),
        ("weights", list, "a list of numbers"),
    ):
        if key not in document:
            return f"it has no '{key}', so it is not a model file, or a damaged one"
        if not isinstance(document[key], kind):
            return f"its '{key}' is not {told}"
    if not isinstance(document.get("metadata") or {}, dict):
        return "its 'metadata' is not an object"
    return _version_problem(document["version"]) or _weights_problem(document["weights"])


def problem_within(document: Any) -> str:
    """Return what is wrong with a document, or with a model inside it, at any depth; empty when nothing is."""
    problem = problem_of(document)
    if problem:
        return problem
    return next((f"a model inside it: {p}" for p in map(problem_within, nested(document)) if p), "")


def json_problem(document: Mapping[str, Any]) -> str:
    """Return why a document cannot be written as JSON; empty when it can."""
    try:
        json.dumps(document, allow_nan=False)
    except (RecursionError, TypeError, ValueError) as error:
        return str(error)
    return ""


def nested(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the models inside a model: sizes of a container, models in a row, a conditioning model."""
    config = document.get("config", {})
    sizes, row = config.get("submodels"), config.get("models")
    inner = [entry.get("model") for entry in sizes if isinstance(entry, dict)] if isinstance(sizes, list) else []
    inner += row if isinstance(row, list) else []
    return [m for m in (*inner, config.get("condition_dsp")) if isinstance(m, dict)]


def _version_problem(version: str) -> str:
    match = re.match(r"^(\d+)\.(\d+)(?:\.(\d+))?", version)
    if not match:
        return f"its version {version!r} is not one such as 0.5.4"
    major_minor = (int(match[1]), int(match[2]))
    newest = ".".join(map(str, NEWEST))
    if major_minor > NEWEST:
        return f"its version is {version}, newer than {newest}, the newest known here; pip install -U nam-plugin-nam"
    if major_minor < OLDEST:
        return f"its version is {version}; files before 0.5 are not supported, by players neither: export it again"
    return ""


def _weights_problem(weights: list[Any]) -> str:
    for index, weight in enumerate(weights):
        if isinstance(weight, bool) or not isinstance(weight, (int, float)):
            return f"weight {index} is {weight!r}, not a number"
        # Written so that NaN fails, too.
        if not -LARGEST_FLOAT32 <= weight <= LARGEST_FLOAT32:
            return f"weight {index} is {weight}; the training that made it had diverged"
    return ""
