"""What makes a dictionary a ``.nam`` document: its keys, its version, numbers that a player can use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from reprlib import repr as shown
from typing import Any

OLDEST, NEWEST = (0, 5), (0, 7)
"""The file versions, without their last number, that this plugin knows."""

WITH_KNOBS = ("ConcatWaveNet", "ConcatLSTM", "HyperWaveNet")
"""Architectures whose files count their versions on their own, from 1.0 on."""

LARGEST = 64 * 2**20
"""Bytes of a file; the largest captures in use have a twentieth of this."""

LARGEST_FLOAT32 = (2 - 2**-23) * 2.0**127
"""Players keep weights in this format (IEEE 754, binary32)."""

UNKNOWN_RATES = (0, -1)
"""Values of a sample rate that is not known."""

HIGHEST_RATE = 1e6
"""In Hz; no converter has more."""

MOST_INSIDE, DEEPEST = 256, 8
"""Models inside a model, and how deep one may be inside another."""


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
    return (
        _version_problem(document["version"], document["architecture"])
        or _rate_problem(document.get("sample_rate"))
        or _weights_problem(document["weights"])
    )


def problem_within(document: Any) -> str:
    """
    Return what is wrong with a document, or with a model inside it, at any depth; empty when nothing is.

    A model inside another one is a whole document, and is for the same sample rate.
    """
    waiting: list[tuple[str, int, Any, float | None]] = [("", 0, document, None)]
    found = 1
    while waiting:
        place, depth, model, outer = waiting.pop()
        problem = problem_of(model)
        rate = outer if problem else known_rate(model.get("sample_rate"))
        if not problem and None not in (rate, outer) and rate != outer:
            problem = f"it is for {rate:g} Hz, and the model around it for {outer:g}"
        if problem:
            return f"the model inside it at {place}: {problem}" if place else problem
        inner = nested(model)
        found += len(inner)
        if found > MOST_INSIDE:
            return f"there are more than {MOST_INSIDE} models inside it"
        if inner and depth == DEEPEST:
            return f"its models are nested more than {DEEPEST} deep"
        children = [(_join(place, name), depth + 1, m, outer if rate is None else rate) for name, m in inner]
        waiting += reversed(children)
    return ""


def models_in(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield a checked document, and every model inside it, each with its place."""
    waiting: list[tuple[str, Mapping[str, Any]]] = [("", document)]
    while waiting:
        place, model = waiting.pop()
        yield place, model
        waiting += reversed([(_join(place, name), inner) for name, inner in nested(model)])


def nested(document: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the models inside a model, each with its place: sizes, models in a row, a conditioning model."""
    config = document.get("config", {})
    sizes, row = config.get("submodels"), config.get("models")
    listed: list[tuple[str, Any]] = [("condition_dsp", config.get("condition_dsp"))]
    if isinstance(sizes, list):
        listed += [(f"submodels[{i}].model", s.get("model")) for i, s in enumerate(sizes) if isinstance(s, dict)]
    if isinstance(row, list):
        listed += [(f"models[{i}]", model) for i, model in enumerate(row)]
    return [(place, model) for place, model in listed if isinstance(model, dict)]


def json_problem(document: Mapping[str, Any]) -> str:
    """Return why a document cannot be written as JSON, or could not be read again; empty when it can."""
    try:
        length = len(json.dumps(document, allow_nan=False))
    except (RecursionError, TypeError, ValueError) as error:
        return str(error)
    if length > LARGEST:
        return f"its file would have {length / 2**20:.0f} MiB, and none above {LARGEST // 2**20} is read again"
    return ""


def known_rate(stated: Any) -> float | None:
    """Return a sample rate in Hz; None where it is not known."""
    return None if stated is None or stated in UNKNOWN_RATES else float(stated)


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _version_problem(version: str, architecture: str) -> str:
    match = re.match(r"^(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?", version)
    if not match:
        return f"its version {shown(version)} is not one such as 0.5.4"
    major_minor = (int(match[1]), int(match[2]))
    if architecture in WITH_KNOBS:
        told = f"its version is {match[0]}, and a {architecture} of 1.0 is what is known here"
        return "" if major_minor == (1, 0) else told
    newest = ".".join(map(str, NEWEST))
    if major_minor > NEWEST:
        return f"its version is {match[0]}, newer than {newest}, the newest known here; pip install -U nam-plugin-nam"
    if major_minor < OLDEST:
        return f"its version is {match[0]}; files before 0.5 are not supported, by players neither: export it again"
    return ""


def _rate_problem(rate: Any) -> str:
    if rate is None or (not isinstance(rate, bool) and rate in UNKNOWN_RATES):
        return ""
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 < rate <= HIGHEST_RATE:
        return f"its sample_rate is {shown(rate)}; expected a number in Hz, at most {HIGHEST_RATE:g}"
    return ""


def _weights_problem(weights: list[Any]) -> str:
    for index, weight in enumerate(weights):
        if isinstance(weight, bool) or not isinstance(weight, (int, float)):
            return f"weight {index} is {shown(weight)}, not a number"
        # Written so that NaN fails, too.
        if not -LARGEST_FLOAT32 <= weight <= LARGEST_FLOAT32:
            return f"weight {index} is {shown(weight)}; the training that made it had diverged"
    return ""
