"""Streams one after the other: the output of one is the input of the next."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nam_kernel.interfaces import BaseNet, Stream


class Chain:
    """
    Nets in the middle of a signal, one after the other.

    Silence precedes the audio, and each net hears what the ones before it make of that.

    :param nets: in the order in which the audio goes through them
    """

    def __init__(self, nets: Sequence[BaseNet]) -> None:
        self._streams: list[Stream] = [net.stream() for net in nets]
        self._histories = [net.receptive_field - 1 for net in nets]
        self._is_warm = False

    @torch.no_grad()
    def feed(self, x: Tensor, *conditions: Tensor | float) -> Tensor:
        """Return the output that belongs to the next samples, as ``nam_kernel.interfaces.Stream.feed`` does."""
        refuse_conditions(conditions)
        if not self._is_warm:
            self._warm_up(x.new_zeros(sum(self._histories)))
        for stream in self._streams:
            x = stream.feed(x)
        return x

    def _warm_up(self, silence: Tensor) -> None:
        """Feed the silence before the audio, dropping what each net makes of the silence that its stream adds."""
        self._is_warm = True
        for stream, history in zip(self._streams, self._histories, strict=True):
            if not len(silence):
                return
            silence = stream.feed(silence)[history:]


def refuse_conditions(conditions: Sequence[Tensor | float]) -> None:
    """
    Refuse conditions, which no net in a Sequential takes.

    :raises ValueError: when there are any
    """
    if conditions:
        raise ValueError("a Sequential takes no conditions; call it with the audio only")
