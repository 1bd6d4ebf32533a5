"""What a dotted name such as ``my_package.my_module.MyNet`` stands for in a config."""

from __future__ import annotations

import functools
import importlib.util
import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from nam_kernel import Dataset, Loss, Net
from nam_kernel.components import Component


def component(kind: str, name: str) -> Component | None:
    """
    Return the component that a dotted name stands for; None when it is not dotted, or there is no such module.

    :param kind: ``"net"``, ``"dataset"`` or ``"loss"``; other kinds have no dotted names
    """
    module, _, attribute = name.rpartition(".")
    if not module or not all(part.isidentifier() for part in name.split(".")) or not _exists(module):
        return None
    target = f"{module}:{attribute}"
    if kind == "net":
        return Net(name=name, target=target)
    if kind == "dataset":
        return Dataset(name=name, target=target)
    return Loss(name=name, target=DottedLoss(name)) if kind == "loss" else None


def find(name: str) -> Any:
    """
    Return what a dotted name stands for, importing it.

    :raises KeyError: when there is no such module, or nothing of that name in it
    """
    module, _, attribute = name.rpartition(".")
    if not module or not _exists(module):
        raise KeyError(
            f"nothing is registered as '{name}', and there is no module '{module or name}' to import it from"
        )
    imported = import_module(module)
    if not hasattr(imported, attribute):
        raise KeyError(f"the module '{module}' has no '{attribute}'")
    return getattr(imported, attribute)


class DottedLoss:
    """
    The loss behind a dotted name: made by a factory from its config, or the function itself.

    A callable that is content with the config alone is a factory, which returns the loss. One that also needs
    predictions and targets is the loss.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def init_from_config(self, config: Mapping[str, Any]) -> Callable[..., Any]:
        """
        Return the loss.

        :param config: keywords of the factory, or of the function
        :raises KeyError: when nothing has this name
        """
        found = find(self.name)
        if _accepts(found, 0, config) or not _accepts(found, 2, config):
            made: Callable[..., Any] = found(**config)
            return made
        return functools.partial(found, **config)

    def __call__(self, **config: Any) -> Callable[..., Any]:
        """Return the loss, as ``init_from_config`` does."""
        return self.init_from_config(config)


def _accepts(function: Callable[..., Any], arguments: int, keywords: Mapping[str, Any]) -> bool:
    try:
        inspect.signature(function).bind(*[None] * arguments, **keywords)
    except (TypeError, ValueError):
        return False
    return True


def _exists(module: str) -> bool:
    """Return whether there is such a module; one that cannot be imported counts, for the import tells why."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError as error:
        return error.name is None or not f"{module}.".startswith(f"{error.name}.")
    except ValueError:
        return False
    except Exception:
        return True
