"""
Load hook modules into pluggy, failure by failure, and resolve one named component into memory.

importlib_metadata knows (``discovery``), stevedore imports, pluggy calls. Whatever a plugin raises while it
loads becomes its state; the others, and a run that does not need it, are not touched.
"""

from __future__ import annotations

import importlib.metadata
import logging
import os
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, cast

import pluggy
from stevedore import DriverManager, ExtensionManager

from nam_kernel import hookspecs, registration
from nam_kernel.catalogue import remedy
from nam_kernel.components import KINDS, Component, Target
from nam_kernel.discovery import GROUP, Found, find
from nam_kernel.errors import ComponentError, NamKernelError, PluginError
from nam_kernel.imports import import_plugin
from nam_kernel.text import suggestion

_log = logging.getLogger(__name__)

SLOW = 1.0
"""Seconds; a hook module that takes longer to import is named, because every run waits for it."""


@dataclass
class Plugin:
    """A plugin on its way from found to loaded, or to the reason why it is not."""

    found: Found
    state: str
    reason: str = ""
    traceback: str = ""
    seconds: float = 0.0
    components: list[Component] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What to call it in a message."""
        return f"plugin '{self.found.name}' ({self.found.source})"


class Plugins:
    """
    The plugins of one process.

    :param blocked: names that must not be loaded, as in ``discovery.find``
    """

    def __init__(self, blocked: Collection[str] = ()) -> None:
        self.plugins = [Plugin(found, found.state, found.reason) for found in find(blocked)]
        self._hooks = pluggy.PluginManager(hookspecs.PROJECT)
        self._hooks.add_hookspecs(hookspecs)
        self._modules: dict[str, ModuleType] = {}

    def load(self) -> Plugins:
        """
        Import every hook module, register it, and ask it what it offers.

        :raises PluginError: when ``NAM_STRICT=1`` and a plugin fails
        """
        for plugin in self.plugins:
            if plugin.found.state == "failed":
                self._fail(plugin, plugin.reason)
            elif not plugin.found.loadable:
                _log.info("%s is %s: %s", plugin.title, plugin.state, plugin.reason)
        loadable = [_HookModule(plugin) for plugin in self.plugins if plugin.found.loadable]
        installed = [entry for entry in loadable if entry.plugin.found.path is None]
        # An extension that registers by running is told which names the installed plugins hold.
        for entries in (installed, [entry for entry in loadable if entry not in installed]):
            for extension in _Loader(entries, self._import_failed).extensions:
                entry: Any = extension.entry_point
                self._register(entry.plugin, cast(ModuleType, extension.plugin))
        return self

    def offers(self, kind: str) -> dict[str, list[tuple[str, Component]]]:
        """List what there is of a kind: by name, pairs of who offers it and the record."""
        table: dict[str, list[tuple[str, Component]]] = {}
        for plugin in self.plugins:
            for component in plugin.components:
                if component.kind == kind:
                    table.setdefault(component.name, []).append((plugin.found.source, component))
        for held in registration.registered(kind):
            table[held.record.name] = [(held.holder, held.record)]
        return table

    def component(self, kind: str, name: str) -> tuple[str, Component]:
        """
        Find the one component of that name; ``dist:Name`` asks for that distribution's.

        :return: who offers it, and its record
        :raises ComponentError: when nobody offers it, or several plugins do
        :raises PluginError: when nobody offers it and a plugin that might have has failed
        """
        table = self.offers(kind)
        offered = table.get(name, [])
        if not offered and ":" in name:
            source, _, bare = name.partition(":")
            offered = [pair for pair in table.get(bare, []) if pair[0] == source]
        if len(offered) == 1:
            return offered[0]
        if offered:
            choices = " or ".join(f'"{source}:{name}"' for source, _ in offered)
            raise ComponentError(f"several plugins offer the {kind} '{name}'; write {choices}")
        resolved = self._ask(kind, name)
        if resolved is not None:
            return resolved
        raise self._unknown(kind, name, sorted(table))

    def resolve(self, target: Target, who: str) -> Any:
        """
        Import the object that a record's target names.

        :param who: offers it; to be blamed when the import fails
        :raises PluginError: with the cause
        """
        if not isinstance(target, str):
            return target
        try:
            return _Resolver(target).driver
        except Exception as error:
            raise PluginError(f"{who} offers {target}, which cannot be imported: {_cause(error)}") from error

    def each(self, hook: str) -> Iterator[tuple[str, Callable[..., Any]]]:
        """
        Go through the plugins that implement a hook: the title of each, and the call to it alone.

        The call raises ``PluginError``, naming the plugin, when the implementation raises; errors that are
        meant for the user pass as they are.
        """
        for plugin in self.plugins:
            module = self._modules.get(_key(plugin))
            if module is not None and hasattr(module, hook):
                yield plugin.title, self._call_to(plugin, module, hook)

    def source_version(self, source: str) -> str:
        """Give the version of a distribution or extension file, empty where it has none."""
        return next((p.found.version for p in self.plugins if p.found.source == source), "")

    def _call_to(self, plugin: Plugin, module: ModuleType, hook: str) -> Callable[..., Any]:
        others = [m for m in self._modules.values() if m is not module]
        caller = self._hooks.subset_hook_caller(hook, others)

        def call(**arguments: Any) -> Any:
            try:
                answers = caller(**arguments)
            except (KeyboardInterrupt, NamKernelError):
                raise
            except BaseException as error:
                raise PluginError(f"{plugin.title}: its {hook} raised {_cause(error)}") from error
            return (answers[0] if answers else None) if isinstance(answers, list) else answers

        return call

    def _register(self, plugin: Plugin, module: ModuleType) -> None:
        if plugin.seconds > SLOW:
            _log.warning("%s took %.1f s to import, which every run waits for", plugin.title, plugin.seconds)
        if plugin.found.state == "legacy":
            plugin.state = "loaded"
            return
        try:
            self._hooks.register(module, _key(plugin))
            self._modules[_key(plugin)] = module
            self._refuse_unknown_hooks(module)
            plugin.components = [c for hook in hookspecs.OFFERS for c in self._offered(plugin, module, hook)]
            plugin.state = "loaded"
        except pluggy.PluginValidationError as error:
            self._drop(plugin, module, " ".join(str(error).split()), error)
        except (PluginError, TypeError) as error:
            self._drop(plugin, module, str(error), error.__cause__ or error)

    def _refuse_unknown_hooks(self, module: ModuleType) -> None:
        for caller in self._hooks.get_hookcallers(module) or ():
            if not caller.has_spec():
                known = [name for name in vars(hookspecs) if name.startswith("nam_")]
                raise TypeError(f"there is no hook {caller.name}; {suggestion(caller.name, known)}")

    def _offered(self, plugin: Plugin, module: ModuleType, hook: str) -> Sequence[Component]:
        kind = KINDS[hookspecs.OFFERS[hook]]
        answer = self._call_to(plugin, module, hook)() if hasattr(module, hook) else ()
        if not isinstance(answer, (list, tuple)) or not all(isinstance(c, kind) for c in answer):
            raise TypeError(f"its {hook} returned {answer!r}, not a list of {kind.__name__} records")
        return answer

    def _drop(self, plugin: Plugin, module: ModuleType, reason: str, error: BaseException) -> None:
        with suppress(AssertionError, ValueError):
            self._hooks.unregister(module)
        self._modules.pop(_key(plugin), None)
        plugin.components = []
        self._fail(plugin, reason, error)

    def _import_failed(self, _: Any, entry: Any, error: BaseException) -> None:
        cause = error.__cause__ or error
        self._fail(entry.plugin, _cause(cause), cause)

    def _fail(self, plugin: Plugin, reason: str, error: BaseException | None = None) -> None:
        plugin.state, plugin.reason = "failed", reason
        if error is not None:
            plugin.traceback = "".join(traceback.format_exception(error))
        if os.environ.get("NAM_STRICT") == "1":
            raise PluginError(f"{plugin.title} failed: {reason}") from error
        _log.warning("%s failed: %s", plugin.title, reason)
        _log.debug("%s", plugin.traceback)

    def _ask(self, kind: str, name: str) -> tuple[str, Component] | None:
        """Let the plugins make a component for a name; one that raises is out, and the next is asked."""
        for plugin in [p for p in self.plugins if _key(p) in self._modules]:
            module = self._modules[_key(plugin)]
            if not hasattr(module, "nam_resolve"):
                continue
            try:
                record = self._call_to(plugin, module, "nam_resolve")(kind=kind, name=name)
            except PluginError as error:
                self._drop(plugin, module, str(error), error.__cause__ or error)
                continue
            if isinstance(record, KINDS[kind]):
                return plugin.found.source, record
        return None

    def _unknown(self, kind: str, name: str, known: list[str]) -> NamKernelError:
        there = f"; there are {', '.join(known)}" if known else ""
        text = f"no plugin offers the {kind} '{name}'{there}; {remedy(kind, name) or suggestion(name, known)}"
        failed = [f"{p.title} failed: {p.reason}" for p in self.plugins if p.state == "failed"]
        off = [f"{p.title} is {p.state}: {p.reason}" for p in self.plugins if p.state in ("blocked", "incompatible")]
        error = PluginError if failed and "did you mean" not in text else ComponentError
        return error("\n  ".join([text, *failed, *off]))


_current: Plugins | None = None


def current() -> Plugins:
    """Give the plugins of this process, loaded at first use; the extensions folder is among them."""
    if _current is None:
        use(Plugins())
    assert _current is not None
    return _current


def use(plugins: Plugins) -> Plugins:
    """Make these the plugins of this process, and load them."""
    global _current
    _current = plugins
    return plugins.load()


class _HookModule:
    """What stevedore takes for an entry point: one hook module, imported so that any failure is an exception."""

    def __init__(self, plugin: Plugin) -> None:
        self.plugin = plugin
        self.name, self.group, self.value = plugin.found.name, GROUP, plugin.found.target

    def load(self) -> ModuleType:
        start = time.perf_counter()
        try:
            return import_plugin(self.plugin.found)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise PluginError(str(error)) from error
        finally:
            self.plugin.seconds = time.perf_counter() - start


class _Loader(ExtensionManager[Any]):
    def __init__(self, entries: Sequence[_HookModule], failed: Callable[..., None]) -> None:
        self._entries = entries
        super().__init__(GROUP, on_load_failure_callback=failed)

    def list_entry_points(self) -> list[Any]:
        return list(self._entries)


class _Resolver(DriverManager[Any]):
    """Stevedore's driver for one target, so that importing a component is stevedore's work too."""

    def __init__(self, target: str) -> None:
        self._target = target
        super().__init__(GROUP, target)

    def list_entry_points(self) -> list[Any]:
        return [importlib.metadata.EntryPoint(self._target, self._target, GROUP)]


def _key(plugin: Plugin) -> str:
    return f"{plugin.found.source}:{plugin.found.name}"


def _cause(error: BaseException) -> str:
    """Name an error in one line, with the file and line in the plugin where it arose."""
    text = str(error).strip().splitlines()
    where = ""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not _is_machinery(f.filename)]
    if isinstance(error, SyntaxError) and error.filename:
        where = f" (line {error.lineno} of {error.filename})"
    elif frames:
        where = f" (line {frames[-1].lineno} of {frames[-1].filename})"
    return f"{type(error).__name__}{': ' + text[0] if text else ''}{where}"


def _is_machinery(filename: str) -> bool:
    here = os.path.dirname(__file__)
    return filename.startswith("<frozen") or filename.startswith(here) or os.sep + "importlib" + os.sep in filename
