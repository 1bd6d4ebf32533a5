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
    laws_component,
    laws_dataset,
    laws_exporter,
    laws_loss,
    laws_net,
    laws_net_state,
    laws_plugin,
)
from nam_devkit.law import Law, seeded
from nam_devkit.subjects import (
    ComponentSubject,
    DatasetSubject,
    ExporterSubject,
    LossSubject,
    NetSubject,
    PluginSubject,
    example_net,
    find_plugin,
    installed,
)

Class = TypeVar("Class", bound=type)

COMPONENT_LAWS: dict[str, tuple[Law, ...]] = {
    "net": (*laws_component.LAWS, *laws_net.LAWS, *laws_net_state.LAWS),
    "dataset": (*laws_component.LAWS, *laws_dataset.LAWS),
    "loss": (*laws_component.LAWS, *laws_loss.LAWS),
    "exporter": (*laws_component.LAWS, *laws_exporter.LAWS),
}
"""The laws of a component by its kind; trainers have none beside those of their plugin."""


def brings(laws: Sequence[Law], subject: str) -> Callable[[Class], Class]:
    """Give a class one test method a law; ``subject`` names the method that gives what the law is about."""

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
        """Give the plugin."""
        yield PluginSubject(find_plugin(self.plugin))


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
        Give the config; override it when the config names files.

        :param folder: is new and empty; write the files there
        """
        return self.config

    @contextlib.contextmanager
    def subject(self) -> Iterator[ComponentSubject]:
        """Give the component."""
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
    """A method ``conditions(self, batch, length)`` that gives the tensors after ``x``; the default makes one
    signal (B, L) between 0 and 1 for each of the net's ``condition_names``."""

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

    def _subject(self, facts: dict[str, Any], folder: Path) -> LossSubject:
        return LossSubject(**facts, length=self.length)


@brings(COMPONENT_LAWS["exporter"], "subject")
class ExporterConformance(ComponentConformance):
    """The laws of an exporter; ``make_net`` makes the net that is written."""

    kind = "exporter"

    def make_net(self) -> Any:
        """Make a net that the format can hold; the default is an FIR filter of 64 taps."""
        with seeded(0):
            return example_net()(64)

    def _subject(self, facts: dict[str, Any], folder: Path) -> ExporterSubject:
        from nam_kernel import plugins

        record, source = facts["record"], facts["source"]
        reader = plugins.current().resolve(record.reader, source) if record.reader is not None else None
        outdir = folder / "written"
        outdir.mkdir()
        return ExporterSubject(**facts, make_net=self.make_net, folder=outdir, reader=reader)


BASES: dict[str, type[ComponentConformance]] = {
    base.kind: base for base in (NetConformance, DatasetConformance, LossConformance, ExporterConformance)
}
