"""An object by its dotted name, a time stamp, and warnings that are filtered for a while."""

from __future__ import annotations

import time
import warnings
from importlib import import_module
from types import TracebackType
from typing import Any


def init(name: str, *args: Any, **kwargs: Any) -> Any:
    """
    Return what a factory returns, which is imported for this.

    :param name: dotted, ``"package.module.factory"``
    :raises ImportError: when there is no such module
    :raises AttributeError: when there is no such factory in it
    """
    module, _, factory = name.rpartition(".")
    return getattr(import_module(module), factory)(*args, **kwargs)


def timestamp() -> str:
    """Return the local time as ``YYYY-MM-DD-HH-MM-SS``."""
    return time.strftime("%Y-%m-%d-%H-%M-%S")


class _Filtered:
    """A filter that holds while a block runs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._arguments = args, kwargs
        self._saved = warnings.catch_warnings()

    def __enter__(self) -> None:
        self._saved.__enter__()
        args, kwargs = self._arguments
        warnings.filterwarnings(*args, **kwargs)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._saved.__exit__(kind, error, where)


def filter_warnings(*args: Any, **kwargs: Any) -> _Filtered:
    """Return a context in which ``warnings.filterwarnings(*args, **kwargs)`` holds."""
    return _Filtered(*args, **kwargs)
