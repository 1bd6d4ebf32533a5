"""The laws of a plugin: it is light, spelled right, complete, and declared for this kernel."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

import pluggy

from nam_devkit.law import Law, require, skip
from nam_devkit.scaffold import kernel_bound
from nam_devkit.subjects import PluginSubject
from nam_kernel import hookspecs
from nam_kernel.text import suggestion

_ASKED = (*hookspecs.OFFERS, "nam_hookspecs")
"""The hooks whose answers every run waits for."""

_WITHOUT = """
import sys
from importlib import import_module
for name in {blocked!r}:
    sys.modules[name] = None
for name in {modules!r}:
    module = import_module(name)
    for hook in {hooks!r}:
        for answer in getattr(module, hook, list)():
            if hook == "nam_hookspecs" and isinstance(answer, str):
                import_module(answer)
"""


def is_loaded(subject: PluginSubject) -> None:
    """The plugin loads."""
    plugin = subject.plugin
    require(
        plugin.state == "loaded",
        f"its state is {plugin.state}: {plugin.reason}; "
        "nam-kernel -v plugins show tells more; the other laws need it loaded",
    )


def is_made_for_this_api(subject: PluginSubject) -> None:
    """Its entry point is of the plugin API that this kernel has."""
    from nam_kernel.plugins.discovery import GROUP

    require(
        subject.plugin.state != "incompatible",
        f"{subject.plugin.reason}; the group of its entry point has to be {GROUP}",
    )


def hook_module_is_light(subject: PluginSubject) -> None:
    """The hook module imports, and returns what it offers, without torch, numpy and pydantic."""
    _need_module(subject)
    said = _import_without(("torch", "numpy", "pydantic"), (subject.module,), _ASKED)
    require(
        not said,
        f"{subject.module} does not import without torch, numpy and pydantic ({said}); every run waits for "
        "this import: move it into the modules that the records' targets name",
    )


def config_models_are_light(subject: PluginSubject) -> None:
    """The config models import without torch, so that a config is checked at once."""
    _need_module(subject)
    configs = [c.config for c in subject.plugin.components if isinstance(c.config, str)]
    modules = tuple(dict.fromkeys(config.partition(":")[0] for config in configs))
    if not modules:
        skip("no component of it has a config model")
    said = _import_without(("torch",), modules, ())
    require(
        not said,
        f"{', '.join(modules)} does not import without torch ({said}); keep the config models in a module "
        "of their own, config.py",
    )


def hooks_are_spelled_right(subject: PluginSubject) -> None:
    """Every function named ``nam_...`` is a hook that exists, is marked with ``hookimpl``, and takes its arguments."""
    module = _module(subject)
    declared = _declared(module)
    for name, function in vars(module).items():
        options = getattr(function, f"{hookspecs.PROJECT}_impl", None)
        if not inspect.isfunction(function) or (options is None and not name.startswith("nam_")):
            continue
        name = (options or {}).get("specname") or name
        spec = declared.get(name)
        if spec is None and options is not None and options["optionalhook"]:
            continue
        require(
            spec,
            f"there is no hook {name}; {suggestion(name, sorted(declared))} (the name of a helper begins with _, and "
            "hookimpl(optionalhook=True) is for the hook of a plugin that may be missing)",
        )
        require(options is not None, f"{name} is not marked, so nobody calls it; put @hookimpl above it")
        extra = sorted(_arguments(function) - _arguments(spec))
        require(
            not extra,
            f"{name} takes {', '.join(extra)}, which the hook does not have; "
            f"it has {', '.join(sorted(_arguments(spec))) or 'no arguments'}",
        )


def hooks_are_no_wrappers(subject: PluginSubject) -> None:
    """No hook is a wrapper; ``tryfirst`` and ``trylast`` are there for the order."""
    options = {name: getattr(f, f"{hookspecs.PROJECT}_impl", None) for name, f in vars(_module(subject)).items()}
    wrappers = sorted(name for name, o in options.items() if o and (o["wrapper"] or o["hookwrapper"]))
    require(
        not wrappers,
        f"{', '.join(wrappers)} is a wrapper, which the kernel does not call; use hookimpl(tryfirst=True) or trylast",
    )


def targets_exist(subject: PluginSubject) -> None:
    """Everything that its records name can be imported."""
    from nam_kernel import plugins
    from nam_kernel.errors import PluginError

    if not subject.plugin.components:
        skip("it offers no components")
    for component in subject.plugin.components:
        for name, target in component.targets().items():
            try:
                plugins.current().resolve(target, subject.plugin.found.source)
            except PluginError as error:
                raise AssertionError(f"the {name} of the {component.kind} '{component.name}': {error}") from error


def bound_on_the_kernel_is_declared(subject: PluginSubject) -> None:
    """Its distribution depends on nam-kernel with a lower and an upper bound."""
    import importlib_metadata

    if subject.plugin.found.path is not None:
        skip("a file of the extensions folder has no distribution")
    requires = importlib_metadata.requires(subject.plugin.found.source) or []
    bounds = [r for r in requires if re.match(r"nam[-_.]kernel\b(?![-_.])", r, re.IGNORECASE)]
    own = ", ".join(bounds) or "nothing"
    require(
        any(re.search(r"~=|==|<", bound) and re.search(r"~=|==|>", bound) for bound in bounds),
        f"{subject.plugin.found.source} declares {own}; a later kernel may change what a plugin builds on: "
        f'write "{kernel_bound()}" into the dependencies of its pyproject.toml',
    )


def offers_the_same_twice(subject: PluginSubject) -> None:
    """Registered twice, it offers the same as before, each name once."""
    module = _module(subject)
    first, second = _offered_by(module), _offered_by(module)
    require(
        first == second,
        f"it offered {_names(first)} and, asked again, {_names(second)}; return new records, keep no list",
    )
    twice = sorted({n for n in _names(first) if _names(first).count(n) > 1})
    require(not twice, f"it offers {', '.join(twice)} twice; give each component a name of its own")


LAWS: tuple[Law, ...] = (
    is_made_for_this_api,
    hook_module_is_light,
    hooks_are_spelled_right,
    hooks_are_no_wrappers,
    is_loaded,
    targets_exist,
    config_models_are_light,
    bound_on_the_kernel_is_declared,
    offers_the_same_twice,
)


def _need_module(subject: PluginSubject) -> None:
    if subject.plugin.found.path is not None or not subject.module:
        skip("a file of the extensions folder is run whole")
    if subject.plugin.state in ("blocked", "incompatible"):
        skip(f"it is {subject.plugin.state}: {subject.plugin.reason}")


def _module(subject: PluginSubject) -> ModuleType:
    _need_module(subject)
    try:
        return import_module(subject.module)
    except Exception as error:
        raise AssertionError(f"{subject.module} does not import: {type(error).__name__}: {error}") from error


@lru_cache
def _import_without(blocked: tuple[str, ...], modules: tuple[str, ...], hooks: tuple[str, ...]) -> str:
    """Import modules and call hooks in a process that lacks the blocked ones; return the error, if there is one."""
    code = _WITHOUT.format(blocked=blocked, modules=modules, hooks=hooks)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return "" if done.returncode == 0 else (lines[-1] if lines else f"exit code {done.returncode}")


def _declared(module: ModuleType) -> dict[str, Any]:
    """Return the hooks of the kernel, of every plugin in use, and of the module itself, by name."""
    from nam_kernel import plugins

    modules: list[ModuleType] = [hookspecs]
    for declarer in (*(p.module for p in plugins.current().plugins), module):
        try:
            named = list(getattr(declarer, "nam_hookspecs", list)())
            modules += [import_module(m) if isinstance(m, str) else m for m in named]
        except Exception as error:
            raise AssertionError(f"its nam_hookspecs raised, or names what does not import: {error}") from error
    marked = f"{hookspecs.PROJECT}_spec"
    return {name: spec for m in modules for name, spec in vars(m).items() if hasattr(spec, marked)}


def _arguments(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters)


def _offered_by(module: ModuleType) -> list[Any]:
    """Return what a module offers when it is registered with a new plugin manager."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(module)
    except pluggy.PluginValidationError:
        skip("its hooks are not spelled right")
    return [record for hook in hookspecs.OFFERS for answer in getattr(manager.hook, hook)() for record in answer]


def _names(records: list[Any]) -> list[str]:
    return [f"{record.kind} {record.name}" for record in records]
