"""
Every hook: its signature, what it is for, and what happens when an implementation fails.

A plugin implements hooks as functions of its hook module, marked with ``nam_kernel.hookimpl``::

    from nam_kernel import Net, hookimpl

    @hookimpl
    def nam_nets():
        return [Net(name="GRU", target="my_package.net:GRU", config="my_package.config:GRUConfig")]

The hook module must not import torch, numpy or pydantic: it is imported at the start of every run,
whether or not the run needs the plugin. An implementation may leave out arguments that it does not need.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from nam_kernel.components import Component, Dataset, Exporter, Loss, Net, Trainer
    from nam_kernel.config import RunConfig
    from nam_kernel.interfaces import BaseNet, Result

PROJECT = "nam_kernel"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def nam_nets() -> Sequence[Net]:
    """
    Offer network architectures.

    A plugin that fails here, or returns anything but a sequence of ``Net`` records, is out; the others are not.
    """
    raise NotImplementedError


@hookspec
def nam_datasets() -> Sequence[Dataset]:
    """Offer datasets; fails as ``nam_nets`` does."""
    raise NotImplementedError


@hookspec
def nam_losses() -> Sequence[Loss]:
    """Offer losses; fails as ``nam_nets`` does."""
    raise NotImplementedError


@hookspec
def nam_exporters() -> Sequence[Exporter]:
    """Offer file formats; fails as ``nam_nets`` does."""
    raise NotImplementedError


@hookspec
def nam_trainers() -> Sequence[Trainer]:
    """Offer training engines; fails as ``nam_nets`` does."""
    raise NotImplementedError


@hookspec(firstresult=True)
def nam_resolve(kind: str, name: str) -> Component | None:
    """
    Make a component for a name that nobody offered, such as a dotted path.

    :param kind: ``"net"``, ``"dataset"``, ``"loss"``, ``"exporter"`` or ``"trainer"``
    :return: a record of that kind, or None to let the next plugin try

    A plugin that raises is out, and the next one is asked.
    """
    raise NotImplementedError


@hookspec
def nam_configure(config: RunConfig) -> None:
    """
    Edit the run's three documents in place, before they are validated.

    ``config.data``, ``config.model`` and ``config.learning`` are plain dictionaries at this point. Use it
    to understand an older spelling, or to set a default. When an implementation raises, the run stops.
    """
    raise NotImplementedError


@hookspec
def nam_check(net: BaseNet, train: Any, validation: Any | None) -> Sequence[str]:
    """
    Look at the built parts before the training starts.

    :return: sentences, one a problem. The problems of all plugins are shown together and stop the run. When an
        implementation raises, the run stops too.
    """
    raise NotImplementedError


@hookspec
def nam_callbacks(config: RunConfig) -> Sequence[Any]:
    """
    Give callbacks to the training engine.

    With the Lightning engine these are Lightning callbacks. When an implementation raises, the run stops.
    """
    raise NotImplementedError


@hookspec
def nam_export(document: dict[str, Any], net: BaseNet) -> None:
    """
    Edit the ``.nam`` document in place before it is written.

    The document is validated again after each plugin, so that a broken edit is blamed on the plugin that made
    it. When an implementation raises, the export stops.
    """
    raise NotImplementedError


@hookspec
def nam_finished(result: Result) -> None:
    """
    Observe a finished run: draw, report, upload.

    Everything is on disk already. A plugin that raises is named in one line; the run is still a success.
    """
    raise NotImplementedError


OFFERS = {
    "nam_nets": "net",
    "nam_datasets": "dataset",
    "nam_losses": "loss",
    "nam_exporters": "exporter",
    "nam_trainers": "trainer",
}
"""The hooks that return records, and the kind that each returns."""
