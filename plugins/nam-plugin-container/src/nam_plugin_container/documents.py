"""Between the sizes of a container and the entries of its model file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nam_kernel.errors import ConfigError, ModelFileError
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import document_of, net_of


def size_document(net: BaseNet) -> dict[str, Any]:
    """Return the document of a size, with the metadata of the file that it was read from."""
    return {**document_of(net), **({"metadata": dict(net.metadata)} if net.metadata else {})}


def read_size(where: str, document: Any) -> BaseNet:
    """
    Return the net of a size, weights and metadata included.

    :param where: its place in the container's config
    :raises ModelFileError: when it cannot be read
    """
    if not isinstance(document, Mapping):
        raise ModelFileError(f"{where} has no 'model', so the file is damaged")
    try:
        net = net_of(document)
    except (ModelFileError, ConfigError) as error:
        raise ModelFileError(f"{where}.model: {error}") from error
    net.metadata = dict(document.get("metadata") or {})
    return net


def max_value_of(index: int, entry: Mapping[str, Any]) -> float:
    """
    Return the max_value of a size.

    :raises ValueError: when it is not a number
    """
    value = entry.get("max_value")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"submodels[{index}].max_value is {value!r}, not a number")
    return float(value)
