"""A net from the contents of a ``.nam`` file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nam._errors import UnreadableArchitectureError
from nam_kernel.errors import ModelFileError
from nam_kernel.interfaces import weights_of
from nam_kernel.models import net_of


def init_from_nam(config: Mapping[str, Any]) -> Any:
    """
    Return the net of a document, with its weights; of a class of this package where there is one.

    :param config: the document
    :raises KeyError: when the document lacks a part
    """
    from nam.models.factory import HERE, class_of

    architecture = config["architecture"]
    if architecture not in HERE:
        try:
            return net_of(config)
        except ModelFileError as error:
            raise UnreadableArchitectureError(str(error)) from error
    net = class_of(architecture).from_exported(config["config"], config.get("sample_rate"))
    net.import_weights(weights_of(config["weights"]))
    return net
