"""The constructors of components by name: registered ones, those of plugins, those that dotted names stand for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any

from nam_kernel import plugins
from nam_kernel.errors import ComponentError
from nam_kernel.plugins import registration
from nam_kernel.run.build import build
from nam_plugin_compat.dotted import find
from nam_plugin_compat.kinds import accepts
from nam_plugin_compat.reading import register_readable

Constructor = Callable[..., Any]


class Constructors(Mapping[str, Constructor]):
    """
    The constructors of a kind by name: a view of the kernel's registry, which takes new entries.

    :param kind: ``"net"`` or ``"dataset"``
    :param here: what this package has under a name for which nothing is registered, imported when it is asked for
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
        registered = (record.name for _, record in registration.registered(self._kind))
        return iter(dict.fromkeys((*self._here, *registered)))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def register(self, name: str, constructor: Constructor, overwrite: bool = False) -> None:
        """
        Register a constructor; a class whose ``__init__`` takes a config is called with that.

        A name that only a plugin offers is free, as it was before there were plugins.

        :raises KeyError: when the name is taken and ``overwrite`` is false
        """
        overwrite = overwrite or (name not in self._here and registered_constructor(self._kind, name) is None)
        if inspect.isclass(constructor) and accepts(constructor, config=None):
            constructor = _called(constructor)
        if self._kind == "net":
            register_readable(name, constructor, overwrite)
        else:
            registration.register_dataset(name, constructor, overwrite)


def _called(kind: Constructor) -> Constructor:
    """Return a function that makes an object of a class, whose ``init_from_config`` is then not called."""

    @wraps(kind, updated=())
    def made(config: Any) -> Any:
        return kind(config=config)

    return made


def registered_constructor(kind: str, name: str) -> Constructor | None:
    """Return the constructor that was registered under a name and takes a dictionary, or None."""
    for _, record in registration.registered(kind):
        if record.name == name and record.config is None:
            target: Any = record.target
            made: Constructor = getattr(target, "init_from_config", target)
            return made
    return None


def offered_constructor(kind: str, name: str) -> Constructor:
    """
    Return the constructor of an installed plugin's component, or of one with a dotted name.

    :raises KeyError: when nothing has this name
    :raises ComponentError: when a dotted name stands for something of another kind
    """
    if "." in name:
        found: Constructor = find(kind, name)
        return found
    try:
        plugins.current().component(kind, name)
    except ComponentError as error:
        raise KeyError(str(error)) from error

    def made(config: Mapping[str, Any]) -> Any:
        from nam_kernel.interfaces import plain

        given = dict(config)
        facts = {"nx": given.pop("nx")} if kind == "dataset" else {}
        return plain(build(kind, name, given, **facts))

    return made
