"""Register nets, and make one by name."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from nam_kernel import build, plugins
from nam_kernel.errors import ComponentError
from nam_kernel.registration import register_net, registered
from nam_plugin_compat.dotted import find

logger = logging.getLogger(__name__)

_HERE = {
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
    held = {r.record.name: r.record.target for r in registered("net")}
    if name in held:
        target = held[name]
        made: Callable[..., Any] = getattr(target, "init_from_config", target)
        return made
    if name in _HERE:
        return getattr(import_module(_HERE[name]), name).init_from_config  # type: ignore[no-any-return]
    try:
        plugins.current().component("net", name)
    except ComponentError as error:
        raise KeyError(str(error)) from error
    if "." in name:
        logger.info("'%s' is not registered, so it is imported", name)
        return find(name)  # type: ignore[no-any-return]
    return lambda config: build.build("net", name, config)
