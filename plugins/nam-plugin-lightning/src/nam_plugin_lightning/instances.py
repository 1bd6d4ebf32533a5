"""Make the callbacks and loggers that a config names as ``{"class_path": ..., "init_args": {...}}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from nam_kernel.errors import Problem
from nam_kernel.text import suggestion
from nam_plugin_lightning.keywords import keyword_problems

_KEYS = ("class_path", "init_args")


def make_all(given: Any) -> list[Any]:
    """Return an instance for each specification; ``given`` is one of them, a list, or None."""
    return [_class(spec["class_path"])(**(spec.get("init_args") or {})) for spec in _listed(given)]


def instance_problems(place: str, given: Any, base: type) -> list[Problem]:
    """
    Return what is wrong with specifications, importing the classes and making nothing.

    :param base: the class that theirs must be derived from
    """
    if given is None:
        return []
    single = isinstance(given, Mapping)
    found: list[Problem] = []
    for index, spec in enumerate(_listed(given)):
        found += _spec_problems(place if single else f"{place}[{index}]", spec, base)
    return found


def _spec_problems(place: str, spec: Any, base: type) -> list[Problem]:
    if not isinstance(spec, Mapping) or not isinstance(spec.get("class_path"), str):
        return [Problem(place, 'expected {"class_path": "package.module.Class", "init_args": {...}}')]
    unknown = [Problem(f"{place}.{k}", f"unknown key; {suggestion(k, _KEYS)}") for k in spec if k not in _KEYS]
    path = spec["class_path"]
    try:
        found = _class(path)
    except Exception as error:
        return [*unknown, Problem(f"{place}.class_path", f"{path} cannot be imported ({error})")]
    if not isinstance(found, type) or not issubclass(found, base):
        return [*unknown, Problem(f"{place}.class_path", f"{path} is not a {base.__module__}.{base.__name__}")]
    arguments = spec.get("init_args") or {}
    if not isinstance(arguments, Mapping):
        return [*unknown, Problem(f"{place}.init_args", "expected an object with the parameters of the class")]
    return unknown + keyword_problems(f"{place}.init_args", found, arguments)


def _listed(given: Any) -> Sequence[Any]:
    return given if isinstance(given, (list, tuple)) else [given] if given is not None else []


def _class(path: str) -> Any:
    module, _, name = path.rpartition(".")
    if not module:
        raise ValueError("it is written package.module.Class")
    return getattr(import_module(module), name)
