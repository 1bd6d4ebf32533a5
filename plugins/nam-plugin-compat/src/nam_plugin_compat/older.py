"""Spellings of the older configs that the plugins of today do not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WAVENETS = ("WaveNet", "PackedWaveNet")


def with_kernel_sizes(config: Any) -> Any:
    """Return a config of WaveNets, ``kernel_size`` renamed to ``kernel_sizes`` wherever it is a list."""
    if isinstance(config, (list, tuple)):
        return [with_kernel_sizes(entry) for entry in config]
    if not isinstance(config, Mapping):
        return config
    is_older = "dilations" in config and isinstance(config.get("kernel_size"), (list, tuple))
    names = {"kernel_size": "kernel_sizes"} if is_older and "kernel_sizes" not in config else {}
    return {names.get(key, key): with_kernel_sizes(value) for key, value in config.items()}


def rename_kernel_sizes(net: Any) -> bool:
    """
    Rename in place what ``with_kernel_sizes`` does.

    :param net: the ``net`` of a model config; a Sequential's models are such objects too
    :return: whether there was anything to rename
    """
    config = net.get("config") if isinstance(net, dict) else None
    if not isinstance(config, dict):
        return False
    if net.get("name") == "Sequential" and isinstance(config.get("models"), list):
        return any([rename_kernel_sizes(model) for model in config["models"]])
    if net.get("name") not in _WAVENETS:
        return False
    net["config"] = with_kernel_sizes(config)
    return bool(net["config"] != config)
