"""Find what makes a component by name: what was registered, what plugins offer, what a dotted name stands for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from nam_kernel import build, plugins
from nam_kernel.errors import ComponentError
from nam_kernel.registration import registered
from nam_plugin_compat.dotted import find

Constructor = Callable[..., Any]


def registered_constructor(kind: str, name: str) -> Constructor | None:
    """Give what was registered under a name, or None."""
    for held in registered(kind):
        if held.record.name == name:
            target = plugins.current().resolve(held.record.target, held.holder)
            made: Constructor = getattr(target, "init_from_config", target)
            return made
    return None


def offered_constructor(kind: str, name: str) -> Constructor:
    """
    Give what an installed plugin, or a dotted name, makes the component with.

    :raises KeyError: when the name stands for nothing
    """
    if "." in name:
        made: Constructor = find(name)
        return made
    try:
        plugins.current().component(kind, name)
    except ComponentError as error:
        raise KeyError(str(error)) from error
    return partial(build.build, kind, name)


def offered_class(kind: str, name: str) -> Any:
    """
    Import what a plugin offers under a name.

    :raises AttributeError: when none does
    """
    try:
        source, record = plugins.current().component(kind, name)
    except ComponentError as error:
        raise AttributeError(str(error)) from error
    return plugins.current().resolve(record.target, source)
