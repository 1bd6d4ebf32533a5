"""Read the model files of nets that were registered from Python, as far as their constructors can make them again."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial, wraps
from typing import Any

from nam_kernel import plugins
from nam_kernel.components import Net
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import document_of, net_of
from nam_kernel.plugins import registration

Constructor = Callable[..., Any]

_READS = "from_exported"


def register_readable(name: str, constructor: Constructor, overwrite: bool) -> None:
    """
    Register a net, which also reads model files of its name and of its class, where nothing else reads them.

    :param constructor: called with the ``net.config``, or with that of a model file
    :raises KeyError: when the name is taken and ``overwrite`` is false
    """
    origin = inspect.unwrap(constructor)
    owner = origin if inspect.isclass(origin) else getattr(origin, "__self__", None)
    names = (name, owner.__name__) if inspect.isclass(owner) else (name,)
    others = {
        architecture
        for offered in (offers for other, offers in plugins.current().offers("net").items() if other != name)
        for _, record in offered
        for architecture in getattr(record, "architectures", ())
    }
    architectures = tuple(dict.fromkeys(n for n in names if n not in others))
    registration.register_net(name, _readable(constructor, owner), overwrite, architectures=architectures)


def keep_net_readable(net: BaseNet) -> None:
    """Do as ``keep_readable`` with the document of a net, if it has one; whoever writes it tells why not."""
    if _readers(net.architecture):
        try:
            document = document_of(net)
        except KeyboardInterrupt:
            raise
        except BaseException:
            return
        keep_readable(document)


def keep_readable(document: Mapping[str, Any]) -> None:
    """
    Take back that a registered net reads files of an architecture, when it does not read this document.

    Its files are written all the same, as those of a net that nobody here reads.
    """
    for record in _readers(document["architecture"]):
        try:
            net_of(document)
        except KeyboardInterrupt:
            raise
        except BaseException:
            registration.register(replace(record, architectures=()), overwrite=True)


def _readers(architecture: str) -> list[Net]:
    """Return the registered nets that read files of an architecture."""
    records = [record for _, record in registration.registered("net")]
    return [record for record in records if isinstance(record, Net) and architecture in record.architectures]


def _readable(constructor: Constructor, owner: Any) -> Constructor:
    """Return a constructor that makes the net of a file too, unless it does so itself."""
    if hasattr(constructor, _READS):
        return constructor
    make = getattr(constructor, "init_from_config", constructor)

    @wraps(make, updated=())
    def made(*args: Any, **kwargs: Any) -> Any:
        return make(*args, **kwargs)

    vars(made)[_READS] = partial(_from_file, make)
    if owner is not None:
        vars(made)["__self__"] = owner  # by which the kernel tells where the class was written
    return made


def _from_file(make: Constructor, config: Mapping[str, Any], sample_rate: float | None) -> Any:
    """Return a net, its weights not yet set, from the ``config`` of a model file."""
    net = make(dict(config))
    net.sample_rate = sample_rate
    declare = getattr(net, "read_from_file", None)
    if declare is not None:
        declare()
    return net
