"""
The package ``nam`` as older extensions and scripts import it, on top of nam_kernel.

New code imports ``nam_kernel`` and the plugins instead.
"""

from __future__ import annotations

from nam._lazy import modules_of
from nam._version import __version__
from nam_plugin_compat.rival import refuse_rival

refuse_rival()

__all__ = ["__version__", "data", "models", "train", "util"]

__getattr__ = modules_of(__name__, ("_core", "cli", "data", "hooks", "models", "train", "util"))
