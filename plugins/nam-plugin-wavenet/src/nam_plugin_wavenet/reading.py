"""Values in the config of a model file: of the right kind, or a ValueError that says where they are."""

from __future__ import annotations

from collections.abc import Mapping
from reprlib import repr as shown
from typing import Any

from nam_plugin_wavenet.checks import MOST_LAYERS

Object = Mapping[str, Any]

LARGEST_FLOAT32 = (2 - 2**-23) * 2.0**127
"""Players keep numbers in this format (IEEE 754, binary32)."""


def object_at(value: Any, where: str) -> Object:
    """Return an object."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{where} is an object, not {shown(value)}")
    return value


def list_at(value: Any, where: str) -> list[Any]:
    """Return a list that is not so long that what it describes could not be built."""
    if not isinstance(value, list):
        raise ValueError(f"{where} is a list, not {shown(value)}")
    if len(value) > MOST_LAYERS:
        raise ValueError(f"{where} has {len(value)} entries, at most {MOST_LAYERS}")
    return value


def each_of(value: Any, count: int, where: str) -> list[Any]:
    """Return a value for each layer: the entries of a list, or one for all."""
    if not isinstance(value, list):
        return [value] * count
    if len(value) != count:
        raise ValueError(f"{where} has {len(value)} entries for {count} layers")
    return value


def count_at(value: Any, where: str, default: int | None = None) -> int:
    """Return a positive whole number, which may be written as ``2.0``; the default in place of null."""
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or not 0 < value < 2**24:
        raise ValueError(f"{where} is a positive whole number, not {shown(value)}")
    if int(value) != value:
        raise ValueError(f"{where} is a whole number, not {shown(value)}")
    return int(value)


def flag_at(value: Any, where: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{where} is true or false, not {shown(value)}")
    return value


def number_at(value: Any, where: str) -> float:
    """Return a number that float32 has."""
    # Written so that NaN fails, too.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= LARGEST_FLOAT32:
        raise ValueError(f"{where} is a finite number, not {shown(value)}")
    return float(value)
