"""
The plugins of one process: what they offer by name, and their hooks.

importlib_metadata knows (``discovery``), stevedore imports (``loader``), pluggy calls (``hooks``). Whatever a plugin
raises while it loads becomes its state; the others, and a run that does not need it, are unaffected.
"""

import logging
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, Self

from nam_kernel import hookspecs
from nam_kernel.components import KINDS, Component, Target
from nam_kernel.errors import ComponentError, NamKernelError, PluginError
from nam_kernel.plugins import loader
from nam_kernel.plugins.discovery import find
from nam_kernel.plugins.hooks import Hooks
from nam_kernel.plugins.states import Plugin
from nam_kernel.text import suggestion

_log = logging.getLogger(__name__)

SLOW = 1.0
"""Seconds; a hook module that takes longer to import is named, because every run waits for it."""

Offer = tuple[str, Component]
"""Who offers a component, and its record."""


class Plugins:
    """
    Every plugin that was found, and what was registered beside them.

    :param blocked: names of plugins or distributions that must not be loaded, as in ``discovery.find``
    """

    def __init__(self, blocked: Collection[str] = ()) -> None:
        self.blocked = tuple(blocked)
        self.registered: dict[tuple[str, str], Offer] = {}
        self._plugins = {p.key: p for p in (Plugin(f, f.state, f.reason) for f in find(blocked))}
        self._hooks = Hooks()
        self._loaded = False

    @property
    def plugins(self) -> list[Plugin]:
        """Every plugin in the order of loading."""
        return list(self._plugins.values())

    # Loading

    def load(self) -> Self:
        """
        Import every hook module, register it, and ask it what it offers; once.

        :raises PluginError: when ``NAM_STRICT=1`` and a plugin fails
        """
        if self._loaded:
            return self
        self._loaded = True
        for plugin in self.plugins:
            if plugin.state == "failed":
                self._fail(plugin, plugin.reason)
            elif not plugin.found.loadable:
                _log.info("%s is %s: %s", plugin.title, plugin.state, plugin.reason)
        # An extension that registers by running is told which names the installed plugins hold.
        loadable = [plugin for plugin in self.plugins if plugin.found.loadable]
        for group in ([p for p in loadable if p.found.path is None], [p for p in loadable if p.found.path is not None]):
            self._load(group)
        for plugin in self.plugins:
            unknown = self._hooks.unknown(plugin) if plugin.state == "loaded" else ""
            if unknown:
                self._fail(plugin, unknown)
        return self

    def _load(self, group: Sequence[Plugin]) -> None:
        for plugin in loader.import_modules(group):
            self._plugins[plugin.key] = plugin
            if plugin.state == "failed":
                self._report(plugin)
            elif plugin.seconds > SLOW:
                _log.warning("%s took %.1f s to import, which every run waits for", plugin.title, plugin.seconds)
        for step in (self._hooks.declare, self._register):
            for plugin in [self._plugins[p.key] for p in group]:
                if plugin.state == "legacy":
                    self._plugins[plugin.key] = replace(plugin, state="loaded", module=None)
                elif plugin.module is not None:
                    self._attempt(step, plugin)

    def _attempt(self, step: Callable[[Plugin], None], plugin: Plugin) -> None:
        try:
            step(plugin)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._fail(plugin, str(error), error.__cause__ or error)

    def _register(self, plugin: Plugin) -> None:
        same = next((p for p in self.plugins if p.module is plugin.module and p.state == "loaded"), None)
        if same is not None:
            reason = f"the same module as {same.title}"
            self._plugins[plugin.key] = replace(plugin, state="loaded", reason=reason, module=None)
            return
        self._hooks.register(plugin)
        offered = tuple(record for hook in hookspecs.OFFERS for record in self._offered(plugin, hook))
        self._plugins[plugin.key] = replace(plugin, state="loaded", components=offered)

    def _offered(self, plugin: Plugin, hook: str) -> Sequence[Component]:
        kind = KINDS[hookspecs.OFFERS[hook]]
        answer = next((call() for owner, call in self._hooks.each(hook) if owner.key == plugin.key), ())
        if not isinstance(answer, (list, tuple)) or not all(isinstance(c, kind) for c in answer):
            raise TypeError(f"its {hook} returned {answer!r}, not a list of {kind.__name__} records")
        return answer

    def _fail(self, plugin: Plugin, reason: str, error: BaseException | None = None) -> None:
        self._hooks.drop(plugin)
        failed = plugin.failed(reason, error)
        self._plugins[plugin.key] = failed
        self._report(failed)

    @staticmethod
    def _report(plugin: Plugin) -> None:
        if os.environ.get("NAM_STRICT") == "1":
            raise PluginError(f"{plugin.title} failed: {plugin.reason}")
        _log.warning("%s failed: %s", plugin.title, plugin.reason)
        _log.debug("%s", plugin.traceback)

    # Components

    def offers(self, kind: str) -> dict[str, list[Offer]]:
        """Return what there is of a kind: by name, everyone who offers it."""
        table: dict[str, list[Offer]] = {}
        for plugin in self.plugins:
            for component in plugin.components:
                if component.kind == kind:
                    table.setdefault(component.name, []).append((plugin.found.source, component))
        for (held_kind, name), held in self.registered.items():
            if held_kind == kind:
                table[name] = [held]
        return table

    def component(self, kind: str, name: str) -> Offer:
        """
        Return the one component of that name; ``dist:Name`` asks for that distribution's.

        :raises ComponentError: when nobody offers it, or several plugins do
        :raises PluginError: when nobody offers it and a plugin that might have has failed
        """
        table = self.offers(kind)
        offered = table.get(name, [])
        if not offered and ":" in name:
            source, _, bare = name.partition(":")
            offered = [offer for offer in table.get(bare, []) if offer[0] == source]
        if len(offered) == 1:
            return offered[0]
        if offered:
            choices = " or ".join(f'"{source}:{name}"' for source, _ in offered)
            raise ComponentError(f"several plugins offer the {kind} '{name}'; write {choices}")
        resolved = self._ask(kind, name)
        if resolved is not None:
            return resolved
        raise self._unknown(kind, name, sorted(table))

    def default(self, kind: str, key: str) -> Offer:
        """
        Return the component that is used where a document names none.

        :param key: of the document, which would name one
        :raises ComponentError: when no plugin offers a default, or several do
        :raises PluginError: when none does and a plugin that might have has failed
        """
        marked = [offer for offers in self.offers(kind).values() for offer in offers if offer[1].default]
        if len({(source, record.target) for source, record in marked}) == 1:
            return marked[0]
        if marked:
            choices = " or ".join(f'"{source}:{record.name}"' for source, record in marked)
            raise ComponentError(f"several plugins offer the {kind} to use by default; set '{key}' to {choices}")
        known = sorted(self.offers(kind))
        text = f"'{key}' is missing, and no plugin offers a {kind} to use by default; " + (
            f"there are {', '.join(known)}" if known else "pip install nam-kernel[all]"
        )
        raise self._with_failures(text)

    def resolve(self, target: Target, owner: str) -> Any:
        """
        Return the object that a record's target names, importing it.

        :param owner: of the target, named in errors
        :raises PluginError: with the cause
        """
        return loader.resolve(target, owner)

    def source_version(self, source: str) -> str:
        """Return the version of a distribution or extension file, empty where it has none."""
        return next((p.found.version for p in self.plugins if p.found.source == source), "")

    # Hooks

    def each(self, hook: str) -> Iterator[tuple[str, Callable[..., Any]]]:
        """
        Yield pairs of plugin title and a callable for its implementation of a hook.

        The callable takes the hook's arguments as keywords, and raises ``PluginError``, naming the plugin, when the
        implementation raises; errors that are meant for the user pass as they are.
        """
        for plugin, call in self._hooks.each(hook):
            yield plugin.title, call

    def tell(self, hook: str, **arguments: Any) -> list[Any]:
        """Return the answers of everyone who observes something; one that raises is named in a warning and skipped."""
        answers = []
        for _, call in self._hooks.each(hook):
            try:
                answers.append(call(**arguments))
            except NamKernelError as error:
                _log.warning("%s", error)
        return answers

    def _ask(self, kind: str, name: str) -> Offer | None:
        """Return the first component that a plugin makes for a name; one that raises is dropped, the next is asked."""
        for plugin, call in list(self._hooks.each("nam_resolve")):
            try:
                record = call(kind=kind, name=name)
            except PluginError as error:
                self._fail(plugin, str(error), error.__cause__ or error)
                continue
            if isinstance(record, KINDS[kind]):
                return plugin.found.source, record
        return None

    def _unknown(self, kind: str, name: str, known: list[str]) -> NamKernelError:
        there = f"; there are {', '.join(known)}" if known else ""
        guess = suggestion(name, known)
        advice = guess if "did you mean" in guess else "install the plugin that offers it (nam-kernel[all] has ours)"
        text = f"no plugin offers the {kind} '{name}'{there}; {advice}"
        error = self._with_failures(text)
        return ComponentError(str(error)) if "did you mean" in text else error

    def _with_failures(self, text: str) -> NamKernelError:
        """Return an error that names every plugin that is not loaded, as it might be the one that is missed."""
        failed = [f"{p.title} failed: {p.reason}" for p in self.plugins if p.state == "failed"]
        off = [f"{p.title} is {p.state}: {p.reason}" for p in self.plugins if p.state in ("blocked", "incompatible")]
        return (PluginError if failed else ComponentError)("\n  ".join([text, *failed, *off]))
