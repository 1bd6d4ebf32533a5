"""Where this process finds the recordings that a config names, when it has copies of them."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_copies: contextvars.ContextVar[Mapping[str, Path] | None] = contextvars.ContextVar("copies", default=None)


@contextlib.contextmanager
def reading(copies: Mapping[str, Path]) -> Iterator[None]:
    """
    Have trainings read copies of recordings while the block runs; the configs in their folders name the originals.

    :param copies: by the paths that the configs name
    """
    token = _copies.set(copies)
    try:
        yield
    finally:
        _copies.reset(token)


def exchange(document: dict[str, Any]) -> None:
    """Put the copies into a data config, in place; where there are none, nothing happens."""
    known = _copies.get()
    if known:
        for key, value in document.items():
            document[key] = _exchanged(value, known)


def _exchanged(value: Any, known: Mapping[str, Path]) -> Any:
    if isinstance(value, dict):
        return {key: _exchanged(inner, known) for key, inner in value.items()}
    if isinstance(value, list):
        return [_exchanged(inner, known) for inner in value]
    return str(known[value]) if isinstance(value, str) and value in known else value
