"""
Import Lightning without matplotlib and ``scipy.signal``, which take longer than all of Lightning's own modules.

They come with torchmetrics, which draws with the one and patches the other for a package that hardly anybody has. While
it is imported, stand-ins are in their place; afterwards they are gone, and what torchmetrics has kept of them imports
the real ones when it is used. The garbage collector waits: a third of the time is its looking at modules that stay.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import importlib.util
import os
import sys
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

FRAMEWORK = ("torchmetrics", "lightning_fabric", "pytorch_lightning")

_DRAWING = ("matplotlib", "matplotlib.axes", "matplotlib.colors", "matplotlib.pyplot", "matplotlib.style")
_PATCHED = "scipy.signal"
_PATCHED_FOR = "srmrpy"


def import_lightning() -> None:
    """
    Import Lightning, lean where that is safe and otherwise as it is.

    It is not where the environment names a backend of matplotlib, which is then tried, nor where another thread could
    import the same packages meanwhile.
    """
    begun = any(name in sys.modules for name in FRAMEWORK)
    with _no_collection():
        if begun or os.environ.get("MPLBACKEND") or threading.active_count() > 1:
            importlib.import_module("pytorch_lightning")
            return
        try:
            with _standing_in(_left_out()):
                importlib.import_module("pytorch_lightning")
        except Exception:
            # A version that asks for more than the stand-ins have.
            for name in [name for name in sys.modules if name.partition(".")[0] in FRAMEWORK]:
                del sys.modules[name]
            importlib.import_module("pytorch_lightning")


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Have the garbage collector wait while the block runs."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _left_out() -> list[str]:
    """Return the modules that are installed, not imported yet, and not needed to import Lightning."""
    drawing = _DRAWING if _is_installed("matplotlib") and "matplotlib" not in sys.modules else ()
    patched = _is_installed("scipy") and _PATCHED not in sys.modules and not _is_installed(_PATCHED_FOR)
    return [*drawing, *([_PATCHED] if patched else [])]


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


@contextlib.contextmanager
def _standing_in(names: list[str]) -> Iterator[None]:
    """Have stand-ins for modules while the block runs."""
    stand_ins = {name: StandIn(name) for name in names}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]
            stand_in.stands_in = False


class StandIn(ModuleType):
    """
    A module's stand-in: first it has names for annotations only, and later everything that the module has.

    :param name: of the module
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.stands_in = True
        self.__spec__ = importlib.util.spec_from_loader(name, loader=None)

    def __getattr__(self, name: str) -> Any:
        if not self.stands_in:
            return getattr(importlib.import_module(self.__name__), name)
        if name.startswith("__"):
            raise AttributeError(f"the stand-in for {self.__name__} has no {name}")
        package = self.__name__.partition(".")[0]
        module = sys.modules.get(f"{package}.{name}")
        if module is not None:
            return module
        return _context if name == "context" else type(name, (), {})


def _context(style: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what ``matplotlib.style.context`` does as a decorator, matplotlib being imported at the first call."""

    def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def draw(*arguments: Any, **keywords: Any) -> Any:
            with importlib.import_module("matplotlib.style").context(style):
                return function(*arguments, **keywords)

        return draw

    return decorated
