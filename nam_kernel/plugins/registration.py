"""
Register components from Python, without hooks: for scripts, notebooks, and extension files of the older kind.

::

    from nam_kernel import register_net

    register_net("MyNet", MyNet.init_from_config)

A name is held by whoever registered it first, or by the plugin that offers it; ``overwrite=True`` takes it over.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nam_kernel.components import Component, Dataset, Exporter, Loss, Net
from nam_kernel.errors import RegistrationError


@dataclass(frozen=True)
class Registered:
    """A registered component and who holds its name."""

    record: Component
    holder: str


_registry: dict[tuple[str, str], Registered] = {}


def register_net(
    name: str,
    constructor: Callable[..., Any],
    overwrite: bool = False,
    *,
    architectures: tuple[str, ...] = (),
) -> None:
    """
    Register a net.

    :param name: the ``net.name`` of a model config
    :param constructor: called with the ``net.config``; gives the net
    :param architectures: the names in model files that a class given as ``constructor`` reads
    :raises RegistrationError: when the name is taken and ``overwrite`` is false
    """
    register(Net(name=name, target=constructor, architectures=architectures), overwrite)


def register_dataset(name: str, constructor: Callable[..., Any], overwrite: bool = False) -> None:
    """
    Register a dataset.

    :param name: the ``type`` of an entry in a data config
    :param constructor: called with the entry, ``common`` merged below it and ``nx`` added; gives the dataset
    :raises RegistrationError: when the name is taken and ``overwrite`` is false
    """
    register(Dataset(name=name, target=constructor), overwrite)


def register_loss(name: str, loss: Callable[..., Any], overwrite: bool = False) -> None:
    """
    Register a loss.

    :param loss: a function of predictions and targets whose keywords its config sets, or a class of such
    :raises RegistrationError: when the name is taken and ``overwrite`` is false
    """
    register(Loss(name=name, target=loss), overwrite)


def register_exporter(
    name: str,
    exporter: Callable[..., Any],
    overwrite: bool = False,
    *,
    suffix: str = "",
    reader: Callable[..., Any] | None = None,
) -> None:
    """
    Register an exporter.

    :param exporter: called as ``exporter(net, outdir, basename, metadata)``; gives the files it wrote
    :param suffix: of those files, with its dot
    :param reader: called with a path; gives the net
    :raises RegistrationError: when the name is taken and ``overwrite`` is false
    """
    register(Exporter(name=name, target=exporter, suffix=suffix, reader=reader), overwrite)


def register(record: Component, overwrite: bool = False) -> None:
    """
    Register any record.

    :raises RegistrationError: when the name is taken and ``overwrite`` is false
    """
    holder = _holder(record.kind, record.name)
    if holder and not overwrite:
        raise RegistrationError(
            f"the {record.kind} name '{record.name}' is held by {holder}; "
            "choose another name, or give overwrite=True to take it over"
        )
    _registry[record.kind, record.name] = Registered(record, _whence(record.target))


def registered(kind: str) -> list[Registered]:
    """List what was registered of a kind."""
    return [held for (k, _), held in _registry.items() if k == kind]


def forget() -> None:
    """Forget every registration; for tests."""
    _registry.clear()


def _holder(kind: str, name: str) -> str:
    if (kind, name) in _registry:
        return _registry[kind, name].holder
    from nam_kernel import plugins

    offered = plugins.current().offers(kind).get(name, [])
    return offered[0][0] if offered else ""


def _whence(target: Any) -> str:
    """Say where an object was written: its module, and the file where that is known."""
    bound = getattr(target, "__self__", None)
    owner = bound if inspect.isclass(bound) else inspect.unwrap(target)
    module = getattr(owner, "__module__", None) or type(owner).__module__
    try:
        return f"{module} ({inspect.getsourcefile(owner)})"
    except TypeError:
        return str(module)
