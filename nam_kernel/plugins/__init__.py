"""The plugins in use: the one thing that is global to a process."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from nam_kernel.plugins.manager import Plugins
    from nam_kernel.plugins.states import Plugin

__all__ = ["Plugin", "Plugins", "blocked", "current", "use"]

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"manager": ["Plugins"], "states": ["Plugin"]})

_blocked: tuple[str, ...] = ()
_in_use: Plugins | None = None


def current() -> Plugins:
    """Return the plugins in use, loaded; the first call loads them."""
    global _in_use
    if _in_use is None:
        from nam_kernel.plugins.manager import Plugins

        _in_use = Plugins(_blocked)
    return _in_use.load()


def use(plugins: Plugins | None = None, *, without: Collection[str] = ()) -> None:
    """
    Choose the plugins in use.

    :param plugins: None for what is installed, to be loaded when it is next needed
    :param without: names of plugins or distributions that must then not be loaded
    """
    global _blocked, _in_use
    _in_use = plugins
    _blocked = tuple(without) if plugins is None else plugins.blocked


def blocked() -> tuple[str, ...]:
    """Return the names that the plugins in use were asked to do without; no code of a plugin runs."""
    return _blocked
