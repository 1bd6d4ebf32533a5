"""The post-head of a WaveNet, by the name under which extensions import it."""

from __future__ import annotations

from nam.models.wavenet._wavenet import Head

__all__ = ["Head"]
