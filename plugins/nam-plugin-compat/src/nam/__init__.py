"""
The package ``nam`` as older extensions and scripts import it, on top of nam_kernel.

New code imports ``nam_kernel`` and the plugins instead.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from nam._version import __version__
from nam_plugin_compat.rival import refuse_rival

refuse_rival()

__all__ = ["__version__", "data", "models", "train", "util"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'nam' has no attribute '{name}'")
    return import_module(f"nam.{name}")
