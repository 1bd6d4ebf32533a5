"""Nets by their names, and the registration of further ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from nam._errors import UnknownNetError
from nam_plugin_compat.constructors import Constructors
from nam_plugin_compat.kinds import accepts

logger = logging.getLogger(__name__)

HERE = {
    "ConvNet": "nam.models.conv_net",
    "Linear": "nam.models.linear",
    "LSTM": "nam.models.recurrent",
    "PackedWaveNet": "nam.models.wavenet",
    "Sequential": "nam.models.sequential",
    "WaveNet": "nam.models.wavenet",
}


def register(name: str, constructor: Callable[[Any], Any], overwrite: bool = False) -> None:
    """
    Register a net, here and in the kernel.

    :param name: the ``net.name`` of a model config
    :param constructor: called with the ``net.config``; returns the net
    :raises KeyError: when the name is taken and ``overwrite`` is false
    """
    _model_net_init_registry.register(name, constructor, overwrite)
    if overwrite:
        logger.warning("'%s' now means the net of %s", name, getattr(constructor, "__qualname__", constructor))


def init(name: str, args: Sequence[Any] | None = None, kwargs: Mapping[str, Any] | None = None) -> Any:
    """
    Return a net by its registered or dotted name.

    :param args: for its constructor
    :param kwargs: for its constructor; a lone ``config`` goes by position to one that has another name for it
    :raises KeyError: when the name stands for nothing
    :raises nam_kernel.errors.ComponentError: when a dotted name stands for something else than a net
    """
    args, kwargs = tuple(args or ()), dict(kwargs or {})
    try:
        constructor = _model_net_init_registry[name]
    except KeyError as error:
        raise UnknownNetError(*error.args) from error
    if not args and set(kwargs) == {"config"} and not accepts(constructor, **kwargs):
        args, kwargs = (kwargs["config"],), {}
    return constructor(*args, **kwargs)


def class_of(name: str) -> Any:
    """Return this package's class of an architecture, importing it."""
    return getattr(import_module(HERE[name]), name)


def _init_of(name: str) -> Callable[..., Any]:
    made: Callable[..., Any] = class_of(name).init_from_config
    return made


_model_net_init_registry = Constructors("net", {name: partial(_init_of, name) for name in HERE})
