"""What a document says of the sound of a model, and of each size of a container, which plays as a model of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nam_kernel.errors import NamKernelError
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import net_of
from nam_plugin_nam.loudness import loudness_and_gain

BY_OUTPUT = "validation_esr_by_output"
"""In ``metadata["training"]`` of a net of several outputs: the ESR of each, by its name."""


def measured(net: BaseNet, config: Mapping[str, Any], of_sizes: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """
    Return the loudness and the gain of what a player plays unless told otherwise.

    :param config: of the net's document; the metadata of each size in it is put there, where it has none
    :param of_sizes: what else is known of each size
    :return: empty where neither can be measured
    """
    entries = config.get("submodels") if net.outputs else None
    sizes = [entry["model"] for entry in entries or () if isinstance(entry, Mapping) and "model" in entry]
    if len(sizes) != len(net.outputs) or not sizes:
        return _levels(net)
    for size, known in zip(sizes, of_sizes, strict=True):
        if not size.get("metadata"):
            size["metadata"] = {**known, **_levels_of(size)}
    return {key: sizes[-1]["metadata"][key] for key in ("loudness", "gain") if key in sizes[-1]["metadata"]}


def split_by_size(metadata: dict[str, Any], outputs: Sequence[str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """
    Return the metadata of a model, and what it says of each of its outputs.

    The figure of a model of several outputs is that of the last, which is the largest size, and never their mean.
    """
    training = metadata.get("training")
    by_output = training.get(BY_OUTPUT) if isinstance(training, Mapping) else None
    if not isinstance(training, Mapping) or not isinstance(by_output, Mapping) or not outputs:
        return metadata, [{} for _ in outputs]
    rest = {key: value for key, value in training.items() if key != BY_OUTPUT}
    of_sizes = [{"training": {"validation_esr": by_output.get(name)}} for name in outputs]
    return {**metadata, "training": {**rest, **of_sizes[-1]["training"]}}, of_sizes


def _levels_of(document: Mapping[str, Any]) -> dict[str, float]:
    """Return the levels of a size; empty where no installed plugin reads it."""
    try:
        return _levels(net_of(document))
    except NamKernelError:
        return {}


def _levels(net: BaseNet) -> dict[str, float]:
    found = loudness_and_gain(net)
    return {"loudness": found[0], "gain": found[1]} if found else {}
