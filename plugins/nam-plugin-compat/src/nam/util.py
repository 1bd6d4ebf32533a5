"""An object by its dotted name, a time stamp, and warnings that are filtered for a while."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
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


@contextmanager
def filter_warnings(*args: Any, **kwargs: Any) -> Iterator[None]:
    """Filter warnings, as ``warnings.filterwarnings(*args, **kwargs)`` does, while a block runs."""
    with warnings.catch_warnings():
        warnings.filterwarnings(*args, **kwargs)
        yield
