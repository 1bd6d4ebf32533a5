"""
Conditions as the ``params`` of a file with knobs, version 1.0.0.

Players turn a value into a channel by an affine map, so a knob with a log curve is written in warped units, the common
logarithm of its own, with its own beside them for those who read them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from nam_kernel import Condition

OWN = "own"
"""The key of what players do not read: the unit and the curve of a knob."""


def param_of(condition: Condition) -> dict[str, Any]:
    """Return a condition as an entry of ``params``."""
    assert condition.default is not None
    if condition.choices:
        return {
            "name": condition.name,
            "min": 0,
            "max": len(condition.choices) - 1,
            "default": round(condition.default),
            "type": "switch",
            "enum_names": list(condition.choices),
            "step": None,
            "avoid_zero": False,
        }
    warp = math.log10 if condition.curve == "log" else float
    own = {key: getattr(condition, key) for key in ("unit", "curve") if getattr(condition, key) not in ("", "linear")}
    return {
        "name": condition.name,
        "min": warp(condition.low),
        "max": warp(condition.high),
        "default": warp(condition.default),
        "type": "continuous",
        "enum_names": None,
        "step": condition.step if condition.curve == "linear" else None,
        "avoid_zero": False,
        **({OWN: own} if own else {}),
    }


def condition_of(param: Any, where: str) -> Condition:
    """
    Return the condition that an entry of ``params`` describes.

    :param where: of the entry, for messages
    :raises ValueError: when it describes none
    """
    if not isinstance(param, Mapping):
        raise ValueError(f"{where} is {param!r:.60}, not an object")
    name, kind = param.get("name"), param.get("type", "continuous")
    if not isinstance(name, str) or not name:
        raise ValueError(f"{where} has no name")
    if kind not in ("continuous", "switch"):
        raise ValueError(f"{where}.type is {kind!r:.60}; it is continuous or switch")
    low, high, default = (_number(param, key, where) for key in ("min", "max", "default"))
    if kind == "continuous":
        return _knob(param, low, high, default)
    names = param.get("enum_names")
    if not isinstance(names, list) or len(names) < 2 or not all(isinstance(n, str) and n for n in names):
        raise ValueError(f"{where} is a switch, and its enum_names are not the names of two positions or more")
    if (low, high) != (0.0, len(names) - 1.0):
        raise ValueError(
            f"{where} goes from {low:g} to {high:g}, and has {len(names)} positions, 0 to {len(names) - 1}"
        )
    return Condition(name, default=default, choices=tuple(names))


def _knob(param: Mapping[str, Any], low: float, high: float, default: float) -> Condition:
    given = param.get(OWN)
    own: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    step = param.get("step")
    is_log = own.get("curve") == "log"
    if is_log:
        low, high, default = (_unwarped(value) for value in (low, high, default))
    return Condition(
        param["name"],
        low,
        high,
        min(max(default, low), high) if is_log else default,
        unit=str(own.get("unit", "")),
        step=step if isinstance(step, (int, float)) and not isinstance(step, bool) and step > 0 else None,
        curve="log" if is_log else "linear",
    )


def _unwarped(value: float) -> float:
    """Return the value whose logarithm was written, without the digits that rounding added."""
    return float(f"{10.0**value:.12g}")


def _number(param: Mapping[str, Any], key: str, where: str) -> float:
    value = param.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{where}.{key} is {value!r:.60}, not a number")
    return float(value)
