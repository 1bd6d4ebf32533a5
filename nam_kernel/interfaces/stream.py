"""A net that plays on: what it has heard is kept from one block to the next."""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

Forward = Callable[..., Tensor]
"""Takes what a net's ``forward`` takes."""


class Stream(Protocol):
    """A net in the middle of a signal, which began with silence."""

    def feed(self, x: Tensor, *conditions: Tensor | float) -> Tensor:
        """
        Return the output that belongs to the next samples of the input.

        :param x: (l,), any length
        :param conditions: one number, or one value for each sample (l,), for each condition of the net
        :return: (l,), or (P, l) for a net of P outputs
        """
        ...


class WindowStream:
    """
    The stream of a net without a state: it keeps the last R - 1 samples of its input.

    :param forward: takes what the net's ``forward`` takes
    :param history: R - 1
    """

    def __init__(self, forward: Forward, history: int) -> None:
        self._forward = forward
        self._history = history
        self._x: Tensor | None = None
        self._conditions: list[Tensor] = []

    def feed(self, x: Tensor, *conditions: Tensor | float) -> Tensor:
        """Return the output that belongs to the next samples, as ``Stream.feed`` does."""
        if not len(x):
            return x
        now = [_held(condition, x) for condition in conditions]
        if self._x is None:
            # Silence precedes the audio, and each condition has had its first value for ever.
            self._x = x.new_zeros(self._history)
            self._conditions = [c[..., :1].expand(*c.shape[:-1], self._history) for c in now]
        heard = torch.cat((self._x, x))
        moved = [
            torch.cat((before, c), dim=-1) if c.shape[-1] == len(x) else c
            for before, c in zip(self._conditions, now, strict=True)
        ]
        keep = len(heard) - self._history
        self._x = heard[keep:]
        self._conditions = [c[..., keep:] if c.shape[-1] == len(heard) else c for c in moved]
        with torch.no_grad():
            return self._forward(heard[None], *(c[None] for c in moved), pad_start=False)[0]


def _held(condition: Tensor | float, x: Tensor) -> Tensor:
    """Return a condition over the block, (l,) or (C, l); several constants in one tensor, (K,), are left so."""
    given = torch.as_tensor(condition, dtype=x.dtype, device=x.device)
    return given if given.ndim else given.expand(len(x))
