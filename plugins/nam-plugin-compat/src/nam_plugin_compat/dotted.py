"""What a dotted name such as ``my_package.my_module.MyNet`` stands for in a config."""

from __future__ import annotations

import functools
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from torch import nn

from nam_kernel import Dataset, Loss, Net
from nam_kernel.components import Component
from nam_kernel.errors import ComponentError
from nam_plugin_compat.kinds import accepts, refuse_standard, require


def component(kind: str, name: str) -> Component | None:
    """
    Return the component that a dotted name stands for; None when it is not dotted, or there is no such module.

    Where the module cannot be imported the component is returned all the same, for the kernel to tell the cause.

    :param kind: ``"net"``, ``"dataset"`` or ``"loss"``; other kinds have no dotted names
    :raises ComponentError: when the module has nothing of that name, or something of another kind
    """
    module, _, attribute = name.rpartition(".")
    if kind not in ("net", "dataset", "loss") or not _is_dotted(name):
        return None
    refuse_standard(kind, name, module)
    if not _exists(module):
        return None
    try:
        imported = import_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException:
        pass  # The kernel imports it once more, and blames what it raises on it.
    else:
        if not hasattr(imported, attribute):
            raise ComponentError(_missing(module, attribute))
        require(kind, name, getattr(imported, attribute))
    target = f"{module}:{attribute}"
    if kind == "net":
        return Net(name=name, target=target)
    return Dataset(name=name, target=target) if kind == "dataset" else Loss(name=name, target=DottedLoss(name))


def find(kind: str, name: str) -> Any:
    """
    Return what a dotted name stands for, importing it.

    :param kind: ``"net"``, ``"dataset"``, ``"loss"`` or ``"joint"``
    :raises KeyError: when there is no such module, or nothing of that name in it
    :raises ComponentError: when it stands for something of another kind
    """
    module, _, attribute = name.rpartition(".")
    if _is_dotted(name):
        refuse_standard(kind, name, module)
    if not _is_dotted(name) or not _exists(module):
        raise KeyError(
            f"nothing is registered as '{name}', and there is no module '{module or name}' to import it from"
        )
    imported = import_module(module)
    if not hasattr(imported, attribute):
        raise KeyError(_missing(module, attribute))
    found = getattr(imported, attribute)
    require(kind, name, found)
    return found


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
        :raises ComponentError: when it is no loss
        """
        found = find("loss", self.name)
        is_factory = inspect.isclass(found) or accepts(found, **config) or not accepts(found, None, None, **config)
        if is_factory and not isinstance(found, nn.Module):
            made: Callable[..., Any] = found(**config)
            return made
        return functools.partial(found, **config)

    def __call__(self, **config: Any) -> Callable[..., Any]:
        """Return the loss, as ``init_from_config`` does."""
        return self.init_from_config(config)


def _is_dotted(name: str) -> bool:
    return "." in name and all(part.isidentifier() for part in name.split("."))


def _missing(module: str, attribute: str) -> str:
    return f"the module '{module}' has no '{attribute}'"


def _exists(module: str) -> bool:
    """Return whether there is such a module; one that cannot be imported counts, for the import tells why."""
    try:
        return module in sys.modules or importlib.util.find_spec(module) is not None
    except ModuleNotFoundError as error:
        return error.name is None or not f"{module}.".startswith(f"{error.name}.")
    except ValueError:
        return False
    except KeyboardInterrupt:
        raise
    except BaseException:
        return True
