"""Find what makes a component by name: what was registered, what plugins offer, what a dotted name stands for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial, wraps
from typing import Any

from nam_kernel import plugins
from nam_kernel.errors import ComponentError
from nam_kernel.plugins import registration
from nam_kernel.run import build
from nam_plugin_compat.dotted import find

Constructor = Callable[..., Any]


class Constructors(Mapping[str, Constructor]):
    """
    What makes the components of a kind, by their names: a view of the kernel's registry, which takes new entries.

    :param kind: ``"net"`` or ``"dataset"``
    :param here: what this package has under a name while nothing is registered, imported when it is asked for
    """

    def __init__(self, kind: str, here: Mapping[str, Callable[[], Constructor]]) -> None:
        self._kind, self._here = kind, here

    def __getitem__(self, name: str) -> Constructor:
        made = registered_constructor(self._kind, name)
        if made is None and name in self._here:
            made = self._here[name]()
        return made or offered_constructor(self._kind, name)

    def __setitem__(self, name: str, constructor: Constructor) -> None:
        self.register(name, constructor, overwrite=True)

    def __iter__(self) -> Iterator[str]:
        registered = (held.record.name for held in registration.registered(self._kind))
        return iter(dict.fromkeys((*self._here, *registered)))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in list(self)

    def register(self, name: str, constructor: Constructor, overwrite: bool = False) -> None:
        """
        Register one; a class whose ``__init__`` takes a config is called with that.

        A name that only a plugin offers is free, as it was before there were plugins.

        :raises KeyError: when the name is taken and ``overwrite`` is false
        """
        overwrite = overwrite or (name not in self._here and registered_constructor(self._kind, name) is None)
        if inspect.isclass(constructor) and accepts(constructor, config=None):
            constructor = _called(constructor)
        register = registration.register_net if self._kind == "net" else registration.register_dataset
        register(name, constructor, overwrite)


def _called(kind: Constructor) -> Constructor:
    """Wrap a class in a function, lest its ``init_from_config`` be called."""

    @wraps(kind, updated=())
    def made(config: Any) -> Any:
        return kind(config=config)

    return made


def accepts(function: Constructor, *arguments: Any, **keywords: Any) -> bool:
    """Tell whether a function can be called so; one that does not say counts."""
    try:
        inspect.signature(function).bind(*arguments, **keywords)
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def registered_constructor(kind: str, name: str) -> Constructor | None:
    """Give what was registered under a name, or None."""
    for held in registration.registered(kind):
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
