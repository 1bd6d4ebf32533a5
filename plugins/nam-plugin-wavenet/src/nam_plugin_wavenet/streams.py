"""A WaveNet that plays on although its conditioning model has a state, which no window of the past can hold."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from nam_kernel.interfaces import Stream


class ConditionedStream:
    """
    A WaveNet in the middle of a signal; its conditioning model plays on beside it.

    :param network: from the audio, (1, 1, L), and the condition, (1, Cc, Lc), aligned at the newest sample, to
        (1, C, l)
    :param condition: the stream of the conditioning model
    :param history: samples before the current one that the whole net depends on
    :param reach: samples before the current one that the condition depends on
    """

    def __init__(
        self, network: Callable[[Tensor, Tensor], Tensor], condition: Stream, history: int, reach: int
    ) -> None:
        self._network = network
        self._condition = condition
        self._history = history
        self._reach = reach
        self._past: tuple[Tensor, Tensor] | None = None

    @torch.no_grad()
    def feed(self, x: Tensor, *conditions: Tensor | float) -> Tensor:
        """Return the output that belongs to the next samples, as ``nam_kernel.interfaces.Stream.feed`` does."""
        if conditions:
            raise ValueError("this WaveNet makes its condition of the audio; feed it the audio only")
        if self._past is None:
            silence = x.new_zeros(self._history)
            # Its stream puts silence before its input, too; what it makes of that precedes the signal.
            self._past = silence, self._condition_of(silence)[:, self._reach :]
        audio = torch.cat((self._past[0], x))
        condition = torch.cat((self._past[1], self._condition_of(x)), dim=1)
        y = self._network(audio[None, None], condition[None])[0]
        kept = self._history - self._reach
        self._past = audio[len(audio) - self._history :], condition[:, condition.shape[1] - kept :]
        return y[0] if len(y) == 1 else y

    def _condition_of(self, x: Tensor) -> Tensor:
        y = self._condition.feed(x)
        return y if y.ndim == 2 else y[None]
