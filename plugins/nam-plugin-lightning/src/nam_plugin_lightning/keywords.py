"""Compare the keys of a config with the parameters of a function, without calling it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any

from nam_kernel.errors import Problem
from nam_kernel.text import suggestion


def keyword_problems(
    place: str,
    function: Callable[..., Any],
    given: Mapping[str, Any],
    leave_out: Collection[str] = (),
    beside: Collection[str] = (),
) -> list[Problem]:
    """
    Return the unknown and the missing keys.

    :param place: where ``given`` is in its document
    :param leave_out: parameters that users may not set
    :param beside: keys that the same object has, for the suggestion on an unknown one
    """
    parameters = inspect.signature(function).parameters.values()
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
    theirs = [p for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL) and p.name not in leave_out]
    known = [p.name for p in theirs]
    unknown = [
        Problem(f"{place}.{key}", f"unknown key; {suggestion(key, [*known, *beside])}")
        for key in given
        if key not in known and not takes_any
    ]
    missing = [
        Problem(f"{place}.{p.name}", f"this key is missing; {_name(function)} needs it")
        for p in theirs
        if p.default is p.empty and p.name not in given
    ]
    return unknown + missing


def without_notes(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document without the keys that begin with ``_``."""
    return {key: value for key, value in document.items() if not key.startswith("_")}


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", "it")
