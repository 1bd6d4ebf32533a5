"""
The classes that a plugin author subclasses: facts in, laws out.

Each law of the tables in ``laws_*.py`` becomes a test method. A method that the subclass sets to None is left
out; say in a comment why.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from nam_devkit import (
    laws_accelerator,
    laws_component,
    laws_dataset,
    laws_exporter,
    laws_loss,
    laws_net,
    laws_net_settings,
    laws_net_state,
    laws_plugin,
    laws_trainer,
)
from nam_devkit.law import Law, require, seeded
from nam_devkit.subjects import (
    AcceleratorSubject,
    ComponentSubject,
    DatasetSubject,
    ExporterSubject,
    LossSubject,
    NetMakers,
    NetSubject,
    PluginSubject,
    TrainerSubject,
    accelerator_of,
    example_net,
    find_plugin,
    installed,
    installed_nets,
)

Class = TypeVar("Class", bound=type)

COMPONENT_LAWS: dict[str, tuple[Law, ...]] = {
    "net": (*laws_component.LAWS, *laws_net.LAWS, *laws_net_settings.LAWS, *laws_net_state.LAWS),
    "dataset": (*laws_component.LAWS, *laws_dataset.LAWS),
    "loss": (*laws_component.LAWS, *laws_loss.LAWS),
    "exporter": (*laws_component.LAWS, *laws_exporter.LAWS),
    "trainer": (*laws_component.LAWS, *laws_trainer.LAWS),
}
"""The laws of a component by its kind."""


def brings(laws: Sequence[Law], subject: str) -> Callable[[Class], Class]:
    """
    Return a decorator that adds a test method to a class for each law.

    :param subject: the method that yields what the laws are about
    """

    def add(cls: Class) -> Class:
        for law in laws:
            setattr(cls, f"test_{law.__name__}", _as_test(law, subject))
        return cls

    return add


def _as_test(law: Law, subject: str) -> Callable[[Any], None]:
    def test(self: Any) -> None:
        __tracebackhide__ = True
        with getattr(self, subject)() as made:
            law(made)

    test.__name__, test.__doc__ = f"test_{law.__name__}", law.__doc__
    return test


@brings(laws_plugin.LAWS, "plugin_subject")
class PluginConformance:
    """
    The laws of a plugin as a whole; the classes below bring them too.

    ``plugin`` is the name of its entry point.
    """

    plugin: ClassVar[str]

    @contextlib.contextmanager
    def plugin_subject(self) -> Iterator[PluginSubject]:
        """Yield the plugin."""
        yield PluginSubject(find_plugin(self.plugin))


@brings(laws_accelerator.LAWS, "accelerator_subject")
class AcceleratorConformance(PluginConformance):
    """The laws of a plugin that implements ``nam_accelerate``."""

    def make_nets(self) -> NetMakers:
        """Return functions that make the nets to try, by name; the default has one of each installed kind."""
        return installed_nets()

    @contextlib.contextmanager
    def accelerator_subject(self) -> Iterator[AcceleratorSubject]:
        """Yield the accelerator."""
        plugin = find_plugin(self.plugin)
        offer = accelerator_of(plugin)
        require(offer is not None, f"{plugin.title} accelerates nothing; implement nam_accelerate in its hook module")
        assert offer is not None
        yield AcceleratorSubject(offer, self.make_nets())


class ComponentConformance(PluginConformance):
    """
    What the classes for components have in common.

    ``name`` is the component's, ``config`` a small config of it.
    """

    kind: ClassVar[str]
    name: ClassVar[str]
    config: ClassVar[Mapping[str, Any]] = {}

    def make_config(self, folder: Path) -> Mapping[str, Any]:
        """
        Return the config; override it when the config names files.

        :param folder: is new and empty; write the files there
        """
        return self.config

    @contextlib.contextmanager
    def subject(self) -> Iterator[ComponentSubject]:
        """Yield the component."""
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            facts = installed(find_plugin(self.plugin), self.kind, self.name, self.make_config(folder))
            yield self._subject(facts, folder)

    def _subject(self, facts: dict[str, Any], folder: Path) -> ComponentSubject:
        raise NotImplementedError


@brings(COMPONENT_LAWS["net"], "subject")
class NetConformance(ComponentConformance):
    """The laws of a net; a small config keeps them fast."""

    kind = "net"

    conditions: Callable[..., Any] | None = None
    """A method ``conditions(self, batch, length)`` that returns the tensors after ``x``; the default makes one signal
    (B, L) for each of the net's conditions, in its range."""

    def _subject(self, facts: dict[str, Any], folder: Path) -> NetSubject:
        return NetSubject(**facts, conditions=self.conditions)


@brings(COMPONENT_LAWS["dataset"], "subject")
class DatasetConformance(ComponentConformance):
    """The laws of a dataset; ``make_config`` writes the files that it needs."""

    kind = "dataset"

    def _subject(self, facts: dict[str, Any], folder: Path) -> DatasetSubject:
        return DatasetSubject(**facts)


@brings(COMPONENT_LAWS["loss"], "subject")
class LossConformance(ComponentConformance):
    """The laws of a loss; ``length`` is that of the signals on which it is tried, in samples."""

    kind = "loss"
    length: ClassVar[int] = 16384

    conditions: Callable[..., Any] | None = None
    """A method ``conditions(self, batch)`` that returns the conditions of the batch, for a loss that asks for it; the
    default has none."""

    def _subject(self, facts: dict[str, Any], folder: Path) -> LossSubject:
        return LossSubject(**facts, length=self.length, conditions=self.conditions)


@brings(COMPONENT_LAWS["exporter"], "subject")
class ExporterConformance(ComponentConformance):
    """The laws of an exporter; ``make_net`` makes the net that is written."""

    kind = "exporter"

    def make_net(self) -> Any:
        """Return a net that the format can hold; the default is an FIR filter of 64 taps."""
        with seeded(0):
            return example_net()(64)

    def make_nets(self) -> NetMakers:
        """Return functions that make further nets to refuse or write; the default has one of each installed kind."""
        return installed_nets()

    def _subject(self, facts: dict[str, Any], folder: Path) -> ExporterSubject:
        outdir = folder / "written"
        outdir.mkdir()
        return ExporterSubject(**facts, make_net=self.make_net, folder=outdir, nets=self.make_nets)


@brings(COMPONENT_LAWS["trainer"], "subject")
class TrainerConformance(ComponentConformance):
    """
    The laws of a trainer; ``config`` is a short training with several validations.

    ``model`` holds what a model config has to say to it, such as ``optimizer``.
    """

    kind = "trainer"
    model: ClassVar[Mapping[str, Any]] = {}

    def _subject(self, facts: dict[str, Any], folder: Path) -> TrainerSubject:
        runs = folder / "runs"
        runs.mkdir()
        return TrainerSubject(**facts, folder=runs, model=self.model)


BASES: dict[str, type[ComponentConformance]] = {
    base.kind: base
    for base in (NetConformance, DatasetConformance, LossConformance, ExporterConformance, TrainerConformance)
}
