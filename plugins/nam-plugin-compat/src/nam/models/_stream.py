"""A net of an extension that plays on from block to block, given its conditions in the form that it was written for."""

from __future__ import annotations

import torch
from torch import Tensor

from nam_kernel.interfaces import Forward


class OlderStream:
    """
    The stream of a net of which nobody knows what it makes of its conditions.

    A constant reaches the net as (1,), or as (1, K) where K of them are in one tensor, and a signal as (1, L).

    :param forward: takes what the net's ``forward`` takes
    :param history: samples before the current one that it needs, R - 1; None for a net that begins anew in every call,
        so that it has to hear everything again
    """

    def __init__(self, forward: Forward, history: int | None) -> None:
        self._forward = forward
        self._history = history
        self._x: Tensor | None = None
        self._conditions: list[Tensor] = []

    @torch.no_grad()
    def feed(self, x: Tensor, *conditions: Tensor | float) -> Tensor:
        """Return the output that belongs to the next samples, as ``nam_kernel.interfaces.Stream.feed`` does."""
        now = [torch.as_tensor(condition, dtype=x.dtype, device=x.device) for condition in conditions]
        if self._x is None:
            # Silence precedes the audio, and each condition has had its first value for ever.
            self._x = x.new_zeros(self._history or 0, *x.shape[1:])
            self._conditions = [c[..., :1].expand(*c.shape[:-1], len(self._x)) if _moves(c, x) else c for c in now]
        heard = torch.cat((self._x, x))
        given = [
            torch.cat((before, c), dim=-1) if _moves(c, x) else c
            for before, c in zip(self._conditions, now, strict=True)
        ]
        first = 0 if self._history is None else len(x)
        self._x = heard[first:]
        self._conditions = [c[..., first:] if _moves(c, heard) else c for c in given]
        y: Tensor = self._forward(heard[None], *(c[None] for c in given), pad_start=False)[0]
        return y[..., y.shape[-1] - len(x) :]


def _moves(condition: Tensor, x: Tensor) -> bool:
    """Return whether a condition has a value for each sample of the audio."""
    return condition.ndim > 0 and condition.shape[-1] == len(x)
