"""The WaveNet, with its older constructor, and the parts that it is put together from."""

from __future__ import annotations

from typing import Any

from nam.models.wavenet._public import WaveNet

__all__ = ["WaveNet"]


def __getattr__(name: str) -> Any:
    if name != "PackedWaveNet":
        raise AttributeError(f"module 'nam.models.wavenet' has no attribute '{name}'")
    from nam_plugin_compat.constructors import offered_class

    return offered_class("net", name)
