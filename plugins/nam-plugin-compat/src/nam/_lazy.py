"""The modules of a package as its attributes, so that ``import nam`` is enough to reach all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from importlib import import_module
from typing import Any


def modules_of(package: str, names: Collection[str]) -> Callable[[str], Any]:
    """
    Return the ``__getattr__`` of a package.

    :param names: of its modules; one that cannot be imported is an attribute error that states why
    """

    def get(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        try:
            return import_module(f"{package}.{name}")
        except ImportError as error:
            raise AttributeError(str(error)) from error

    return get
