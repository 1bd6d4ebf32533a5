"""The description of the post-head of a WaveNet, from which ``_wavenet`` makes it."""

from __future__ import annotations

from typing import Any

from torch import nn


class Head(nn.Module):
    """
    The ``head`` of a WaveNet's config.

    :param in_channels: what the last stack gives
    """

    def __init__(self, in_channels: int, **config: Any) -> None:
        super().__init__()
        self.config: dict[str, Any] = {"in_channels": in_channels, **config}
