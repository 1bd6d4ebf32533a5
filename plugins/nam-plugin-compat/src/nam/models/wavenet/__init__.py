"""The WaveNet with its older constructor, and the network inside it."""

from __future__ import annotations

from nam.models.wavenet._packed_wavenet import PackedWaveNet
from nam.models.wavenet._public import WaveNet
from nam.models.wavenet._wavenet import WaveNet as _WaveNet

__all__ = ["PackedWaveNet", "WaveNet", "_WaveNet"]
