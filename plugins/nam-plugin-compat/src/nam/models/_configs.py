"""The configs of the nets: the part that a plugin's model checks, and what a subclass has beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from nam_kernel.config import Config

_Model = TypeVar("_Model", bound=Config)


def checked(
    model: type[_Model], config: Mapping[str, Any], leave_out: Collection[str] = (), also: Collection[str] = ()
) -> tuple[_Model, dict[str, Any]]:
    """
    Return the part of a config that is a plugin's, checked, and the rest, which is for the constructor of a subclass.

    :param model: of the plugin
    :param leave_out: keys of the model that belong to the rest
    :param also: further keys that the model refuses in words
    :raises ValueError: when a value is wrong
    """
    known = {*model.known_keys(), *also} - set(leave_out)
    own = {key: value for key, value in config.items() if key in known}
    return model.model_validate(own), {key: value for key, value in config.items() if key not in own}
