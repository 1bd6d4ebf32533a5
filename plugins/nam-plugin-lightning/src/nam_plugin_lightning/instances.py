"""Make the callbacks and loggers that a config names as ``{"class_path": ..., "init_args": {...}}``."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from nam_kernel.errors import PluginError, Problem
from nam_kernel.text import suggestion
from nam_plugin_lightning.blame import blamed_on, told
from nam_plugin_lightning.keywords import keyword_problems

_KEYS = ("class_path", "init_args")


_BEGINS_AT_ONCE = ("CometLogger", "LitLogger", "NeptuneLogger")
"""Loggers that begin an experiment at a service when they are made, and are not made to try whether they can be."""


def make_all(given: Any) -> list[Any]:
    """
    Return an instance for each specification; ``given`` is one of them, a list, or None.

    :raises PluginError: when a class raises, naming it
    """
    made = []
    for spec in _listed(given):
        with blamed_on(f"{spec['class_path']}, when it was made,"):
            made.append(_class(spec["class_path"])(**(spec.get("init_args") or {})))
    return made


def instance_problems(place: str, given: Any, base: type) -> list[Problem]:
    """
    Return what is wrong with specifications, making an instance of each class where nothing else is wrong.

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
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return [*unknown, Problem(f"{place}.class_path", f"{path} cannot be imported ({told(error)})")]
    if not isinstance(found, type) or not issubclass(found, base):
        return [*unknown, Problem(f"{place}.class_path", f"{path} is not a {base.__module__}.{base.__name__}")]
    arguments = spec.get("init_args") or {}
    if not isinstance(arguments, Mapping):
        return [*unknown, Problem(f"{place}.init_args", "expected an object with the parameters of the class")]
    problems = unknown + keyword_problems(f"{place}.init_args", found, arguments)
    if problems or path.rpartition(".")[2] in _BEGINS_AT_ONCE:
        return problems
    try:
        make_all(spec)
    except PluginError as error:
        return [Problem(place, str(error))]
    return []


def _listed(given: Any) -> Sequence[Any]:
    return given if isinstance(given, (list, tuple)) else [given] if given is not None else []


def _class(path: str) -> Any:
    module, _, name = path.rpartition(".")
    if not module:
        raise ValueError("it is written package.module.Class")
    if module.partition(".")[0] in sys.stdlib_module_names:
        raise ValueError("the standard library has none, and some of its modules do things when they are imported")
    return getattr(import_module(module), name)
