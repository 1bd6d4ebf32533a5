"""The number of weights in a document, compared with its config before a net is built and memory is taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nam_kernel import Net, plugins
from nam_kernel.errors import ModelFileError
from nam_kernel.interfaces import BaseNet
from nam_plugin_nam.document import models_in


def refuse_miscounts(document: Mapping[str, Any]) -> None:
    """
    Refuse a document of which a model has other weights than its config describes.

    A net's class tells the number in a class method ``count_weights(config)``; without one it is not compared here.

    :raises ModelFileError: naming the model inside
    """
    for place, model in models_in(document):
        needed = _needed(model["architecture"], model["config"])
        if needed is not None:
            try:
                BaseNet.require_weight_count(len(model["weights"]), needed)
            except ModelFileError as error:
                raise ModelFileError(f"the model inside it at {place}: {error}" if place else str(error)) from None


def readers(architecture: str) -> list[tuple[str, Net]]:
    """Return the records of the nets that read an architecture, each with who offers it."""
    offered = [entry for entries in plugins.current().offers("net").values() for entry in entries]
    return [
        (who, record) for who, record in offered if isinstance(record, Net) and architecture in record.architectures
    ]


def _needed(architecture: str, config: Mapping[str, Any]) -> int | None:
    """Return how many weights a config describes; None where nobody knows, or it is wrong, which its net will tell."""
    found = readers(architecture)
    if len(found) != 1 or found[0][1].target is None:
        return None
    try:
        count = getattr(plugins.current().resolve(found[0][1].target, found[0][0]), "count_weights", None)
        return None if count is None else int(count(config))
    except Exception:
        return None
