"""
Register components from Python, without hooks: for scripts, notebooks, and extension files of the older kind.

::

    from nam_kernel import Loss, register, register_net

    register_net("MyNet", MyNet.init_from_config)
    register(Loss(name="Absolute", target=absolute))

A name is held by whoever registered it first, or by the plugin that offers it; ``overwrite=True`` takes it over.
"""

import inspect
from collections.abc import Callable
from typing import Any

from nam_kernel import plugins
from nam_kernel.components import Component, Dataset, Net
from nam_kernel.errors import RegistrationError
from nam_kernel.plugins.manager import Offer


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


def register(record: Component, overwrite: bool = False) -> None:
    """
    Register any record.

    :raises RegistrationError: when the name is taken and ``overwrite`` is false
    """
    in_use = plugins.current()
    key = record.kind, record.name
    held = in_use.offers(record.kind).get(record.name)
    if held and not overwrite:
        holder, _ = held[0]
        raise RegistrationError(
            f"the {record.kind} name '{record.name}' is held by {holder}; "
            "choose another name, or give overwrite=True to take it over"
        )
    in_use.registered[key] = _whence(record.target), record


def registered(kind: str) -> list[Offer]:
    """Return what was registered of a kind, and who holds each."""
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
