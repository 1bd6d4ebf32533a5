"""What datasets and nets share: two small bases, and the way in which a plugin's classes count as older ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Self, TypeVar

_Class = TypeVar("_Class", bound=type)


class InitializableFromConfig:
    """Base of what is made from a config in two steps, of which ``parse_config`` is the one to override."""

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return a new object; the config stays as it is."""
        return cls(**cls.parse_config(config))

    @classmethod
    def parse_config(cls, config: Any) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        arguments: dict[str, Any] = deepcopy(config)
        return arguments


class WithTeardown:
    """Base of what holds something until the end of a run."""

    def teardown(self) -> None:
        """Release it."""


def stands_for(real: type) -> Callable[[_Class], _Class]:
    """Return a class decorator: instances of ``real`` count as those of the class, though not of its subclasses."""

    def decorate(older: _Class) -> _Class:
        def hook(asked: type, other: type) -> Any:
            return True if asked is older and real in other.__mro__ else NotImplemented

        older.__subclasshook__ = classmethod(hook)  # type: ignore[method-assign, assignment]
        return older

    return decorate
