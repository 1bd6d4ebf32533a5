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
from typing import Any

from nam_kernel import plugins
from nam_kernel.components import Component, Dataset, Exporter, Loss, Net
from nam_kernel.errors import RegistrationError
from nam_kernel.plugins.manager import Registered


def register_net(
    name: str, constructor: Callable[..., Any], overwrite: bool = False, *, architectures: tuple[str, ...] = ()
) -> None:
    """
    Register a net.

    :param name: the ``net.name`` of a model config
    :param constructor: called with the ``net.config``; returns the net
    :param architectures: the names in model files that a class given as ``constructor`` reads
    :raises RegistrationError: when the name is taken and ``overwrite`` is false
    """
    register(Net(name=name, target=constructor, architectures=architectures), overwrite)


def register_dataset(name: str, constructor: Callable[..., Any], overwrite: bool = False) -> None:
    """
    Register a dataset.

    :param name: the ``type`` of an entry in a data config
    :param constructor: called with the entry, ``common`` merged below it and ``nx`` added; returns the dataset
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

    :param exporter: called as ``exporter(net, outdir, basename, metadata)``; returns the files it wrote
    :param suffix: of those files, with its dot
    :param reader: called with a path; returns the net
    :raises RegistrationError: when the name is taken and ``overwrite`` is false
    """
    register(Exporter(name=name, target=exporter, suffix=suffix, reader=reader), overwrite)


def register(record: Component, overwrite: bool = False) -> None:
    """
    Register any record.

    :raises RegistrationError: when the name is taken and ``overwrite`` is false
    """
    in_use = plugins.current()
    key = record.kind, record.name
    held = in_use.registered.get(key)
    offered = in_use.offers(record.kind).get(record.name, [])
    holder = held.holder if held else offered[0][0] if offered else ""
    if holder and not overwrite:
        raise RegistrationError(
            f"the {record.kind} name '{record.name}' is held by {holder}; "
            "choose another name, or give overwrite=True to take it over"
        )
    in_use.registered[key] = Registered(record, _whence(record.target))


def registered(kind: str) -> list[Registered]:
    """Return what was registered of a kind."""
    return [held for (k, _), held in plugins.current().registered.items() if k == kind]


def _whence(target: Any) -> str:
    """Return where an object was written: its module, and the file where that is known."""
    bound = getattr(target, "__self__", None)
    owner = bound if inspect.isclass(bound) else inspect.unwrap(target)
    module = getattr(owner, "__module__", None) or type(owner).__module__
    try:
        return f"{module} ({inspect.getsourcefile(owner)})"
    except TypeError:
        return str(module)
