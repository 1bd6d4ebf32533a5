"""
Call hooks one implementation at a time, so that each answer and each failure belongs to a plugin.

pluggy checks the implementations and keeps them; ``tryfirst`` and ``trylast`` are honoured, and between equals the
order is that of the plugins. Wrappers are refused, because a failure inside of one could not be told from its own.
"""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

import pluggy

from nam_kernel import hookspecs
from nam_kernel.errors import NamKernelError, PluginError
from nam_kernel.plugins.states import Plugin, cause
from nam_kernel.text import suggestion

Call = Callable[..., Any]


class Hooks:
    """The hooks that there are, the kernel's and those that plugins declare, and who implements them."""

    def __init__(self) -> None:
        self._pluggy = pluggy.PluginManager(hookspecs.PROJECT)
        self._plugins: dict[str, Plugin] = {}
        self._declared_by: dict[str, str] = {}
        self._declare(hookspecs, "nam-kernel")

    def declare(self, plugin: Plugin) -> None:
        """
        Add the hooks of the modules that a plugin's ``nam_hookspecs`` names.

        :raises TypeError: when it names something else, or another plugin declares one of them
        """
        answer = getattr(plugin.module, "nam_hookspecs", None)
        if answer is None:
            return
        named = self._guarded(plugin, "nam_hookspecs", answer)()
        if not isinstance(named, (list, tuple)) or not all(isinstance(m, (str, ModuleType)) for m in named):
            raise TypeError(f"its nam_hookspecs returned {named!r}, not a list of modules or their names")
        for module in named:
            self._declare(import_module(module) if isinstance(module, str) else module, plugin.title)

    def register(self, plugin: Plugin) -> None:
        """
        Add a plugin's implementations.

        :raises TypeError: when one takes other arguments than its hook, or is a wrapper
        """
        try:
            self._pluggy.register(plugin.module, plugin.key)
        except pluggy.PluginValidationError as error:
            self.drop(plugin)
            raise TypeError(" ".join(str(error).split())) from error
        self._plugins[plugin.key] = plugin
        for name, impl in self._implementations(plugin):
            if impl.hookwrapper or impl.wrapper:
                raise TypeError(f"its {name} is a wrapper, which nam_kernel does not call; use tryfirst or trylast")

    def unknown(self, plugin: Plugin) -> str:
        """Return what is wrong with the names of a plugin's implementations; empty when nothing is."""
        for name, impl in self._implementations(plugin):
            if name not in self._declared_by and not impl.optionalhook:
                return (
                    f"there is no hook {name}; {suggestion(name, sorted(self._declared_by))} "
                    "(hookimpl(optionalhook=True) is for the hook of a plugin that may be missing)"
                )
        return ""

    def drop(self, plugin: Plugin) -> None:
        """Forget a plugin's implementations."""
        self._plugins.pop(plugin.key, None)
        if self._pluggy.has_plugin(plugin.key):
            self._pluggy.unregister(name=plugin.key)

    def each(self, hook: str) -> Iterator[tuple[Plugin, Call]]:
        """Yield each plugin that implements a hook with the call to its implementation, in pluggy's order."""
        caller = getattr(self._pluggy.hook, hook, None)
        impls = caller.get_hookimpls() if caller is not None else []
        order = list(self._plugins)
        impls.sort(key=lambda impl: (not impl.tryfirst, impl.trylast, order.index(impl.plugin_name)))
        for impl in impls:
            plugin = self._plugins[impl.plugin_name]
            yield plugin, self._guarded(plugin, hook, impl.function, impl.argnames, _is_silent(caller))

    def _declare(self, module: ModuleType, declarer: str) -> None:
        names = [name for name, value in vars(module).items() if hasattr(value, f"{hookspecs.PROJECT}_spec")]
        if not names:
            raise TypeError(f"the module {module.__name__} declares no hook; mark its functions with hookspec")
        for name in names:
            holder = self._declared_by.setdefault(name, declarer)
            if holder != declarer:
                raise TypeError(f"the hook {name} is declared by {holder} already; choose another name")
        self._pluggy.add_hookspecs(module)

    def _implementations(self, plugin: Plugin) -> Iterator[tuple[str, Any]]:
        for caller in self._pluggy.get_hookcallers(plugin.module) or ():
            for impl in caller.get_hookimpls():
                if impl.plugin_name == plugin.key:
                    yield caller.name, impl

    @staticmethod
    def _guarded(plugin: Plugin, hook: str, function: Call, names: Sequence[str] = (), silent: bool = False) -> Call:
        """Return a call that raises ``PluginError``; errors that are meant for the user pass as they are."""

        def call(**arguments: Any) -> Any:
            try:
                answer = function(**{name: arguments[name] for name in names})
            except (KeyboardInterrupt, NamKernelError):
                raise
            except BaseException as error:
                raise PluginError(f"{plugin.title}: its {hook} raised {cause(error)}") from error
            if silent and answer is not None:
                raise PluginError(f"{plugin.title}: its {hook} returned {answer!r:.60}; it has to return nothing")
            return answer

        return call


def _is_silent(caller: Any) -> bool:
    """Return whether a hook is declared to return nothing."""
    return caller.spec is not None and caller.spec.function.__annotations__.get("return", "") in (None, "None")
