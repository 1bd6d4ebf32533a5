"""Import hook modules, each by itself, so that whatever one of them raises is its own failure."""

import contextlib
import importlib.metadata
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

from stevedore import DriverManager, ExtensionManager

from nam_kernel.components import Target
from nam_kernel.errors import PluginError
from nam_kernel.plugins.discovery import GROUP
from nam_kernel.plugins.imports import import_plugin
from nam_kernel.plugins.states import Plugin, cause


def import_modules(plugins: Sequence[Plugin]) -> list[Plugin]:
    """Return the plugins with their hook modules, or failed."""
    entries = [_HookModule(plugin) for plugin in plugins]
    imported = {}
    for extension in _Loader(entries, _keep_failure).extensions:
        entry: Any = extension.entry_point
        imported[entry.plugin.key] = replace(entry.plugin, module=extension.plugin, seconds=entry.seconds)
    return [imported.get(entry.plugin.key) or entry.failed() for entry in entries]


def resolve(target: Target, owner: str) -> Any:
    """
    Return the object that a record's target names, importing it.

    :param owner: of the target, named in errors
    :raises PluginError: with the cause
    """
    if not isinstance(target, str):
        return target
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return _Resolver(target).driver
    except Exception as error:
        raise PluginError(f"{owner} offers {target}, which cannot be imported: {cause(error)}") from error


class _HookModule:
    """What stevedore takes for an entry point: one hook module, imported so that any failure is an exception."""

    def __init__(self, plugin: Plugin) -> None:
        self.plugin = plugin
        self.name, self.group, self.value = plugin.found.name, GROUP, plugin.found.target
        self.seconds = 0.0
        self.error: BaseException | None = None

    def load(self) -> ModuleType:
        start = time.perf_counter()
        try:
            # What a plugin prints must not end up in what a command prints for programs.
            with contextlib.redirect_stdout(sys.stderr):
                return import_plugin(self.plugin.found)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise PluginError(str(error)) from error
        finally:
            self.seconds = time.perf_counter() - start

    def failed(self) -> Plugin:
        error = self.error or PluginError("it was not imported")
        return self.plugin.failed(cause(error), error)


def _keep_failure(_: Any, entry: Any, error: BaseException) -> None:
    entry.error = error.__cause__ or error


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
