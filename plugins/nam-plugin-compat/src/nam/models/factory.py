"""Register nets, and make one by name."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from nam_kernel import register_net
from nam_plugin_compat.constructors import offered_constructor, registered_constructor

logger = logging.getLogger(__name__)

HERE = {
    "ConvNet": "nam.models.conv_net",
    "Linear": "nam.models.linear",
    "LSTM": "nam.models.recurrent",
    "Sequential": "nam.models.sequential",
    "WaveNet": "nam.models.wavenet",
}


def register(name: str, constructor: Callable[[Any], Any], overwrite: bool = False) -> None:
    """
    Register a net, here and in the kernel.

    :param name: the ``net.name`` of a model config
    :param constructor: called with the ``net.config``; gives the net
    :raises KeyError: when the name is taken and ``overwrite`` is false
    """
    register_net(name, constructor, overwrite)
    if overwrite:
        logger.warning("'%s' now means the net of %s", name, getattr(constructor, "__qualname__", constructor))


def init(name: str, args: Sequence[Any] | None = None, kwargs: Mapping[str, Any] | None = None) -> Any:
    """
    Make a net by its registered or dotted name.

    :param args: for its constructor
    :param kwargs: for its constructor; a lone ``config`` is given by position, whatever the constructor calls it
    :raises KeyError: when the name stands for nothing
    """
    args, kwargs = tuple(args or ()), dict(kwargs or {})
    if not args and set(kwargs) == {"config"}:
        args, kwargs = (kwargs["config"],), {}
    return _constructor(name)(*args, **kwargs)


def _constructor(name: str) -> Callable[..., Any]:
    constructor = registered_constructor("net", name)
    if constructor is None and name in HERE:
        constructor = class_of(name).init_from_config
    return constructor or offered_constructor("net", name)


def class_of(name: str) -> Any:
    """Import this package's class of an architecture."""
    return getattr(import_module(HERE[name]), name)
