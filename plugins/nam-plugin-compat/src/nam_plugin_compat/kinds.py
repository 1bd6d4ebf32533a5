"""
Tell what a dotted name may stand for from everything else that can be imported, before anything of it is called.

A config may come from anybody. Python's standard library has no nets, datasets or losses in it, and so nothing of it is
meant. Of an installed package a class counts that is derived from the right one, and a function that states what it
returns. A module of the user's own may have anything that can be called as such.
"""

from __future__ import annotations

import collections.abc
import contextlib
import functools
import importlib.util
import inspect
import sys
import sysconfig
import types
import typing
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from nam_kernel.errors import ComponentError

_INSTALLED = {"site-packages", "dist-packages"}

_EXTENSIONS = "nam_kernel.plugins.extension."
"""Of the names of the modules of the extensions folder."""


class Kind(NamedTuple):
    """
    What a dotted name may stand for.

    :param title: in messages
    :param wanted: what is expected, in words
    :param base: of its classes, ``"module:Class"``
    :param methods: which a class of the user's own needs instead; empty for a kind that needs the base
    """

    title: str
    wanted: str
    base: str
    methods: tuple[str, ...] = ()

    def fits(self, found: Any, *, by_methods: bool) -> bool:
        """Return whether something is a class of this kind."""
        if not inspect.isclass(found):
            return False
        module, _, name = self.base.partition(":")
        alike = [any(method in vars(c) for c in found.__mro__) for method in self.methods]
        return issubclass(found, getattr(import_module(module), name)) or (by_methods and bool(alike) and all(alike))


KINDS = {
    "net": Kind(
        "net",
        "a class derived from torch.nn.Module, or a function that makes such a net of its config",
        "torch.nn:Module",
    ),
    "dataset": Kind(
        "dataset",
        "a class derived from torch.utils.data.Dataset, or a function that makes such a dataset of its config",
        "torch.utils.data:Dataset",
        ("__len__", "__getitem__"),
    ),
    "loss": Kind(
        "loss",
        "a function of predictions and targets, one that returns such a function, or a class derived from "
        "torch.nn.Module",
        "torch.nn:Module",
        ("__call__",),
    ),
    "joint": Kind(
        "joint hook",
        "a class derived from nam.data.JointDatasetHook, or a function that returns such a hook",
        "nam._joint:JointDatasetHook",
        ("apply",),
    ),
}


def refuse_standard(kind: str, name: str, module: str) -> None:
    """
    Refuse a module of the standard library.

    :param name: in the config
    :raises ComponentError: with what is expected instead
    """
    root = module.partition(".")[0]
    if root in sys.stdlib_module_names or root in sys.builtin_module_names or _lies_beside_it(root):
        known = KINDS[kind]
        raise ComponentError(
            f"'{name}' belongs to Python's standard library ({root}) and is no {known.title}; expected {known.wanted}"
        )


def require(kind: str, name: str, found: Any) -> None:
    """
    Refuse what is not of a kind.

    :param name: in the config
    :param found: what it stands for
    :raises ComponentError: with what is expected instead
    """
    origin, known = _origin(found), KINDS[kind]
    module = getattr(origin, "__module__", None) or type(origin).__module__
    refuse_standard(kind, name, module)
    installed = _is_installed(module)
    if isinstance(origin, types.FunctionType):
        takes = kind not in ("net", "dataset") or accepts(found, None) or accepts(found, config=None)
        fits = _returns(origin, known) if installed else takes
    elif kind == "loss" and not inspect.isclass(origin):
        fits = known.fits(type(origin), by_methods=not installed)
    else:
        fits = known.fits(origin, by_methods=not installed)
    if not fits:
        told = f"'{name}' is no {known.title}; expected {known.wanted}"
        if installed and not inspect.isclass(origin):
            told += f"; a function of an installed package, here {module}, states in an annotation what it returns"
        raise ComponentError(told)


def accepts(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> bool:
    """Return whether a function takes such arguments; one without a signature counts as if it did."""
    try:
        inspect.signature(function).bind(*arguments, **keywords)
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def _origin(found: Any) -> Any:
    """Return what is behind wrappers: of a class method the class, of a partial the function."""
    while isinstance(found, functools.partial):
        found = found.func
    bound = getattr(found, "__self__", None)
    return bound if inspect.isclass(bound) else inspect.unwrap(found)


def _returns(function: Callable[..., Any], known: Kind) -> bool:
    """Return whether a function states that it returns something of a kind; of a loss, predictions and targets."""
    try:
        stated = typing.get_type_hints(function).get("return")
    except Exception:
        return False
    if known.title == "loss" and typing.get_origin(stated) is collections.abc.Callable:
        stated = typing.get_args(stated)[-1]
    is_value = known.title == "loss" and inspect.isclass(stated) and issubclass(stated, Tensor)
    return is_value or known.fits(stated, by_methods=False)


def _is_installed(module: str) -> bool:
    """Return whether a module belongs to nam_kernel, to a plugin of its house, or to any installed distribution."""
    root = module.partition(".")[0]
    if module.startswith(_EXTENSIONS):
        return False
    if root in ("nam", "nam_kernel", "nam_devkit") or root.startswith("nam_plugin_"):
        return True
    return not _INSTALLED.isdisjoint(_file(module).parts) or not _INSTALLED.isdisjoint(_file(root).parts)


def _lies_beside_it(root: str) -> bool:
    """Return whether a module lies in the folder of the standard library, as its tests do."""
    return Path(sysconfig.get_path("stdlib")) in _file(root).parents and not _is_installed(root)


def _file(module: str) -> Path:
    """Return the file of a module, which is imported or at the top; an empty path where there is none."""
    known = getattr(sys.modules.get(module), "__file__", None)
    if known is None and module not in sys.modules and "." not in module:
        with contextlib.suppress(ImportError, ValueError):
            known = getattr(importlib.util.find_spec(module), "origin", None)
    return Path(known or "")
