"""Sizes of different histories side by side, aligned at the newest sample."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nam_kernel.interfaces import Stream


class Aligned:
    """
    Nets in the middle of the same signal.

    :param streams: of the nets
    """

    def __init__(self, streams: Sequence[Stream]) -> None:
        self._streams = streams

    def feed(self, x: Tensor, *conditions: Tensor | float) -> Tensor:
        """Return the outputs that belong to the next samples, (P, l), as ``nam_kernel.interfaces.Stream.feed`` does."""
        return torch.stack([stream.feed(x, *conditions) for stream in self._streams])


def newest(signals: tuple[Tensor, ...], length: int) -> tuple[Tensor, ...]:
    """
    Return the last ``length`` samples of the audio and of the conditions that go with it over time.

    :param signals: audio (B, L), then conditions; one whose last dimension is not L is constant, as is (B,)
    """
    whole = signals[0].shape[-1]
    return tuple(s[..., whole - length :] if s.ndim > 1 and s.shape[-1] == whole else s for s in signals)
