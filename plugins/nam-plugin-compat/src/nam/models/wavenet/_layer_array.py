"""A stack of a WaveNet, by the name under which extensions import it."""

from __future__ import annotations

from nam.models.wavenet._wavenet import LayerArray

__all__ = ["LayerArray"]
