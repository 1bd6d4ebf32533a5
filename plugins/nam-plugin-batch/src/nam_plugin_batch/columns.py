"""Know the columns of a table: what each means, which value a cell has, and what was probably meant by another name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from nam_kernel import plugins
from nam_kernel.config import DataConfig, LearningConfig, ModelConfig, UserMetadata, validate
from nam_kernel.errors import Problem
from nam_kernel.text import suggestion
from nam_plugin_wav import WavConfig

Json = dict[str, Any]

FILES = ("x_path", "y_path")
"""The columns that name recordings: the DI, and the amplifier."""

METADATA = UserMetadata.known_keys()
"""The columns that the model file repeats; ``name`` is one of them."""

DOCUMENTS = ("data", "model", "learning")
"""What a dotted column begins with: the config that it changes."""

RECIPE = "recipe"
"""A key of the learning config that another plugin understands, and takes out before anything is checked."""

_NUMBERS = ("input_level_dbu", "output_level_dbu")
_PLACE = re.compile(r"[^.\[\]]+")


def problem_of(column: str, documents: Mapping[str, Json]) -> str | None:
    """
    Return what is wrong with the name of a column; None when it is known.

    Of a dotted one the first two keys are checked here, as far as they are known without a training; the
    rest is checked with the row's own configs.

    :param documents: the configs that all rows begin with
    """
    document, *keys = keys_of(column)
    if "." not in column:
        known = [*FILES, *METADATA]
        return None if column in known else f"unknown column; {_guess(column, known)}"
    if document not in DOCUMENTS or not all(keys):
        return f"unknown column; a dotted one begins with {', '.join(f'{name}.' for name in DOCUMENTS)}"
    first, second = (str(key) for key in (*keys, "", "")[:2])
    known = [*_known(document), *documents.get(document, {})]
    if first not in known:
        return f"unknown column; {_guess(column, [f'{document}.{key}' for key in known])}"
    if document == "data" and first == "metadata":
        return f"unknown column; what the model file says has columns of its own, write '{second}'"
    if document == "data" and second in FILES:
        return f"unknown column; write '{second}'"
    given = documents.get("data", {})
    if document == "data" and first == "common" and "type" not in given and second not in WavConfig.known_keys():
        told = [f"data.common.{key}" for key in (*WavConfig.known_keys(), *given.get("common", {}))]
        return None if column in told else f"unknown column; {_guess(column, told)}"
    return None


def keys_of(column: str) -> list[str | int]:
    """Return the keys that a dotted column leads through, ``train[0]`` as two."""
    found = _PLACE.findall(column)
    return [int(key) if key.isdigit() else key for key in found] or [column]


def value_of(cell: str) -> Any:
    """Return what a cell of a dotted column stands for: JSON where it is that, else the text itself."""
    try:
        return json.loads(cell)
    except ValueError:
        return cell


def metadata_of(cells: Mapping[str, str]) -> tuple[Json, list[Problem]]:
    """
    Return what the model file is to say, and what is wrong with it.

    :param cells: of a row, by the names of their columns
    """
    given = {key: cells[key] for key in METADATA if cells.get(key)}
    known = {key: value_of(cell) if key in _NUMBERS else cell for key, cell in given.items()}
    return known, validate(UserMetadata, known)[1]


def put(document: Json, keys: Sequence[str | int], value: Any) -> None:
    """
    Put a value into a config, in place; objects on the way are made where there are none.

    :param keys: from the outermost on
    :raises ValueError: when something else is in the way
    """
    place: Any = document
    for index, key in enumerate(keys):
        if isinstance(place, list):
            if not isinstance(key, int) or not 0 <= key < len(place):
                raise ValueError(
                    f"'{_spelled(keys[:index])}' is a list of {len(place)}; give a number in it, as in [0]"
                )
        elif not isinstance(place, dict) or isinstance(key, int):
            what = "an object" if isinstance(place, dict) else json.dumps(place)
            raise ValueError(f"'{_spelled(keys[:index])}' is {what}, in which there is no '{key}'")
        if index == len(keys) - 1:
            place[key] = value
        elif isinstance(place, dict) and place.get(str(key)) is None:
            place[key] = {}
        place = place[key]


def _spelled(keys: Sequence[str | int]) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")


def _known(document: str) -> list[str]:
    """Return the keys that a config may have at its top."""
    if document == "data":
        return list(DataConfig.known_keys())
    if document == "model":
        return list(ModelConfig.known_keys())
    source, record = plugins.current().default("trainer", "engine")
    engine = plugins.current().resolve(record.config, source).known_keys() if record.config is not None else ()
    return [*LearningConfig.known_keys(), *engine, RECIPE]


def _guess(column: str, known: Sequence[str]) -> str:
    """Return what was probably meant; a dotted column is a way out too, where nothing resembles it."""
    told = suggestion(column, known)
    return told if "did you mean" in told or "." in column else f"{told}, or a key of a config as data.common.delay"
