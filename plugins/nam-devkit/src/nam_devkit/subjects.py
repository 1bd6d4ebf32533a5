"""
What laws are about: an installed plugin, or one component of it and how to make it.

The subjects take functions, not names, so that the laws can be tried on anything; ``installed`` makes the
functions for a component of an installed plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from nam_kernel.components import Component
    from nam_kernel.plugins import Plugin

NetMakers = Mapping[str, Callable[[], Any]]
"""Functions that make a net each, by what to call it."""


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
    :param config: of which it is made
    """

    build: Callable[..., Any]
    record: Component | None = None
    source: str = ""
    config: Mapping[str, Any] | None = None

    def named(self, name: str) -> Any:
        """Return what the record names in a field such as ``reader``, imported; None where it names nothing."""
        from nam_kernel import plugins

        target = getattr(self.record, name, None)
        return None if target is None else plugins.current().resolve(target, self.source)


@dataclass(frozen=True)
class NetSubject(ComponentSubject):
    """
    A net.

    :param conditions: ``conditions(batch, length)`` returns the tensors that ``forward`` takes after ``x``; the
        default makes one signal (B, L) in the range of each condition that the net declares
    """

    conditions: Callable[[int, int], tuple[Tensor, ...]] | None = None


@dataclass(frozen=True)
class DatasetSubject(ComponentSubject):
    """A dataset; ``build(nx=...)`` makes it with so many input samples per output sample."""


@dataclass(frozen=True)
class LossSubject(ComponentSubject):
    """
    A loss; ``build(sample_rate=...)`` makes it for data of a rate.

    :param length: of the signals on which it is tried, in samples
    :param conditions: ``conditions(batch)`` returns those of the batch, for a loss that asks for it; by default none
    """

    length: int = 16384
    conditions: Callable[[int], tuple[Tensor, ...]] | None = None


@dataclass(frozen=True)
class ExporterSubject(ComponentSubject):
    """
    An exporter.

    :param make_net: makes the net that is written
    :param folder: a new folder to write to
    :param nets: returns makers of further nets, each of which it writes or refuses
    """

    make_net: Callable[[], Any] = lambda: None
    folder: Path = Path()
    nets: Callable[[], NetMakers] = dict

    @property
    def suffix(self) -> str:
        """Of the main file, as the record has it."""
        return getattr(self.record, "suffix", "")


@dataclass(frozen=True)
class TrainerSubject(ComponentSubject):
    """
    A trainer.

    :param folder: a new folder, in which there may be run directories
    :param model: what a model config has to say to it, such as ``optimizer``
    """

    folder: Path = Path()
    model: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AcceleratorSubject:
    """
    An accelerator.

    :param offer: takes ``net`` and ``device``, and returns a callable or None
    :param nets: on which it is tried
    """

    offer: Callable[..., Any]
    nets: NetMakers


def find_plugin(name: str) -> Plugin:
    """
    Return an installed plugin by the name of its entry point, its distribution, or its extension file.

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
        "(one that was just written has to be installed first, pip install -e .)"
    )


def installed(plugin: Plugin, kind: str, name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return how to make a component of an installed plugin: the arguments that every subject takes.

    :raises AssertionError: when the plugin does not offer it
    """
    from nam_devkit.law import require

    offered = {c.name: c for c in plugin.components if c.kind == kind}
    reason = f" ({plugin.state}: {plugin.reason})" if plugin.state != "loaded" else ""
    require(
        name in offered,
        f"{plugin.title} offers no {kind} '{name}'{reason}; it offers {', '.join(offered) or 'none'}: "
        f"return the record from nam_{kind}s in its hook module",
    )

    def make(**facts: Any) -> Any:
        return made(kind, _unambiguous(kind, plugin.found.source, name), config, **facts)

    return {"build": make, "record": offered[name], "source": plugin.found.source, "config": config}


def accelerator_of(plugin: Plugin) -> Callable[..., Any] | None:
    """Return a plugin's ``nam_accelerate``, to be called with all arguments of the hook; None where it has none."""
    from nam_kernel import plugins

    return next((call for title, call in plugins.current().each("nam_accelerate") if title == plugin.title), None)


def made(kind: str, name: str, config: Mapping[str, Any], **facts: Any) -> Any:
    """
    Return a component, made as a run makes it.

    :param facts: what the kernel would compute
    :raises ConfigError: when the config does not fit it
    """
    from nam_kernel.run import build

    found = build.bind(kind, name, config)
    if kind == "dataset":
        build.check_headers(found, facts["nx"])
    return build.make(found, **facts)


def example_of(record: Component, source: str, folder: Path) -> dict[str, Any]:
    """
    Return a small config of a component: the ``example`` of its config model, or an empty one.

    ``example`` is a class variable of the model, a dictionary; or, for a config that names files, a class
    method that is given a folder, writes them there and returns the dictionary.
    """
    from nam_kernel import plugins

    model = plugins.current().resolve(record.config, source) if record.config is not None else None
    example = getattr(model, "example", None) or {}
    return dict(example(folder) if callable(example) else example)


def example_net() -> type[Any]:
    """Return the kit's own small net, known to the kernel so that its files can be read."""
    from nam_devkit.examples.net.config import ExampleNetConfig
    from nam_devkit.examples.net.net import ExampleNet
    from nam_kernel.components import Net
    from nam_kernel.plugins.registration import register

    record = Net(name="ExampleNet", target=ExampleNet, config=ExampleNetConfig, architectures=("ExampleNet",))
    register(record, overwrite=True)
    return ExampleNet


def installed_nets() -> dict[str, Callable[[], Any]]:
    """Return how to make the kit's own net, and one of each net that plugins offer of which there is an example."""
    from functools import partial

    from nam_kernel import plugins
    from nam_kernel.errors import NamKernelError

    makers: dict[str, Callable[[], Any]] = {}
    for name, offers in plugins.current().offers("net").items():
        for source, record in offers:
            called = _unambiguous("net", source, name)
            try:
                example = example_of(record, source, Path())
                made("net", called, example)
            except (NamKernelError, OSError, TypeError):
                continue  # what is wrong with it is told by its own laws
            makers[called] = partial(made, "net", called, example)
    net_class = example_net()
    return {**makers, "ExampleNet": lambda: net_class(64)}


def _unambiguous(kind: str, source: str, name: str) -> str:
    from nam_kernel import plugins

    several = len(plugins.current().offers(kind).get(name, ())) > 1
    return f"{source}:{name}" if several else name
