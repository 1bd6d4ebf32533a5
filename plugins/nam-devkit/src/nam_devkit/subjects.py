"""
What laws are about: an installed plugin, or one component of it and how to make it.

The subjects take functions, not names, so that the laws can be tried on anything; ``installed`` makes the
functions for a component of an installed plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from nam_kernel.components import Component
    from nam_kernel.plugins import Plugin


@dataclass(frozen=True)
class PluginSubject:
    """A plugin, loaded or not."""

    plugin: Plugin

    @property
    def module(self) -> str:
        """The name of the hook module; empty for a file of the extensions folder."""
        return self.plugin.found.target


@dataclass(frozen=True)
class ComponentSubject:
    """
    A component.

    :param build: makes a new one
    :param record: as the plugin offers it, or None
    :param source: who offers it
    """

    build: Callable[..., Any]
    record: Component | None = None
    source: str = ""
    config: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class NetSubject(ComponentSubject):
    """
    A net.

    :param conditions: ``conditions(batch, length)`` gives the tensors that ``forward`` takes after ``x``; the
        default makes one signal (B, L) between 0 and 1 for each of the net's ``condition_names``
    """

    conditions: Callable[[int, int], tuple[Tensor, ...]] | None = None


@dataclass(frozen=True)
class LossSubject(ComponentSubject):
    """
    A loss.

    :param length: of the signals on which it is tried, in samples
    """

    length: int = 16384


@dataclass(frozen=True)
class DatasetSubject(ComponentSubject):
    """A dataset; ``build(nx)`` makes it with so many input samples per output sample."""


@dataclass(frozen=True)
class ExporterSubject(ComponentSubject):
    """
    An exporter.

    :param make_net: makes the net that is written
    :param folder: a new folder to write to
    :param reader: reads a file back to a net, or None
    """

    make_net: Callable[[], Any] = lambda: None
    folder: Path = Path()
    reader: Callable[[Path], Any] | None = None

    @property
    def suffix(self) -> str:
        """Of the main file, as the record says."""
        return getattr(self.record, "suffix", "")


def find_plugin(name: str) -> Plugin:
    """
    Find an installed plugin by the name of its entry point, its distribution, or its extension file.

    :raises UserError: when there is none
    """
    from nam_kernel import plugins
    from nam_kernel.errors import UserError
    from nam_kernel.text import suggestion

    known = plugins.current().plugins
    for plugin in known:
        found = plugin.found
        if name in (found.name, found.source, f"{found.source}:{found.name}"):
            return plugin
    raise UserError(
        f"no plugin is called '{name}'; {suggestion(name, [p.found.name for p in known])} "
        "(a plugin that was just written is there once it is installed, pip install -e .)"
    )


def installed(plugin: Plugin, kind: str, name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """
    Say how to make a component of an installed plugin: the arguments that every subject takes.

    :raises AssertionError: when the plugin does not offer it
    """
    from nam_kernel.run import build
    from nam_devkit.law import require

    offered = {c.name: c for c in plugin.components if c.kind == kind}
    reason = f" ({plugin.state}: {plugin.reason})" if plugin.state != "loaded" else ""
    require(
        name in offered,
        f"{plugin.title} offers no {kind} '{name}'{reason}; it offers {', '.join(offered) or 'none'}: "
        f"return the record from nam_{kind}s in its hook module",
    )

    def make(**extra: Any) -> Any:
        return build.build(kind, _unambiguous(kind, plugin.found.source, name), {**config, **extra})

    return {"build": make, "record": offered[name], "source": plugin.found.source, "config": config}


def example_of(record: Component, source: str, folder: Path) -> dict[str, Any]:
    """
    Give a small config of a component: the ``example`` of its config model, or an empty one.

    ``example`` is a class variable of the model, a dictionary; or, for a config that names files, a class
    method that is given a folder, writes them there and returns the dictionary.
    """
    from nam_kernel import plugins

    model = plugins.current().resolve(record.config, source) if record.config is not None else None
    example = getattr(model, "example", None) or {}
    return dict(example(folder) if callable(example) else example)


def example_net() -> type[Any]:
    """Give the kit's own small net, known to the kernel so that its files can be read."""
    from nam_kernel.components import Net
    from nam_kernel.plugins.registration import register
    from nam_devkit.examples.net.net import ExampleNet

    register(Net(name="ExampleNet", target=ExampleNet, architectures=("ExampleNet",)), overwrite=True)
    return ExampleNet


def _unambiguous(kind: str, source: str, name: str) -> str:
    from nam_kernel import plugins

    several = len(plugins.current().offers(kind).get(name, ())) > 1
    return f"{source}:{name}" if several else name
