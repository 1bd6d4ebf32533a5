"""The WaveNet, with its older constructor, and the parts that it is put together from."""

from __future__ import annotations

from nam.models.wavenet._packed_wavenet import PackedWaveNet
from nam.models.wavenet._public import WaveNet

__all__ = ["PackedWaveNet", "WaveNet"]
