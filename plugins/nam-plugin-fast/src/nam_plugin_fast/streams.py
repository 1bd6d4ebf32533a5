"""A WaveNet in the middle of a signal, its state kept by the compiled code: no sample of the past is computed again."""

from collections.abc import Sequence

import torch
from torch import Tensor

from nam_kernel.interfaces import Stream
from nam_plugin_fast.network import FastNetwork
from nam_plugin_wavenet.net import WaveNet


class FastStream:
    """
    A stream of a WaveNet.

    It plays with the weights that the net has when it is made.

    :param net: whose conditions it takes
    :param fast: of the net's network
    :param beside: the stream of the net's conditioning model, where it has one
    """

    def __init__(self, net: WaveNet, fast: FastNetwork, beside: Stream | None = None) -> None:
        self._net, self._network, self._beside = net, fast.network, beside
        self._stacks = fast.stream()
        self._past: Tensor | None = None

    @torch.no_grad()
    def feed(self, x: Tensor, *conditions: Tensor | float) -> Tensor:
        """Return the output that belongs to the next samples, as ``nam_kernel.interfaces.Stream.feed`` does."""
        if not len(x):
            return x
        if self._past is None:
            self._begin([_first(c, len(x)) for c in conditions])
        y = self._stacks.feed(*self._inputs(x, conditions))
        post = self._network.post_head
        if post is not None:
            assert self._past is not None
            heard = torch.cat((self._past.expand(len(y), -1), y), dim=1)
            self._past = heard[:, heard.shape[1] - self._network.post_reach :]
            y = post(heard[None])[0]
        return y[0] if len(y) == 1 else y

    def _begin(self, held: Sequence[Tensor | float]) -> None:
        """Play the silence that precedes the audio."""
        silence = torch.zeros(self._net.receptive_field - 1, dtype=torch.float32, device="cpu")
        self._past = silence[None]
        if len(silence):
            y = self._stacks.feed(*self._inputs(silence, held))
            self._past = y[:, y.shape[1] - self._network.post_reach :]

    def _inputs(self, x: Tensor, conditions: Sequence[Tensor | float]) -> tuple[Tensor, Tensor]:
        """Return what the network hears: its input, (C, l), and its condition, (Cc, l)."""
        if self._beside is None:
            given = [torch.as_tensor(c, dtype=x.dtype) for c in conditions]
            heard, condition = self._net.inputs(x[None], *(c[None] if c.ndim else c.expand(1) for c in given))
            return heard[0], condition[0]
        if conditions:
            raise ValueError("this WaveNet makes its condition of the audio; feed it the audio only")
        condition = self._beside.feed(x)
        return x[None], condition if condition.ndim == 2 else condition[None]


def _first(condition: Tensor | float, length: int) -> Tensor | float:
    """Return what a condition has been for ever: its first value, or the constant that it is."""
    moves = isinstance(condition, Tensor) and condition.ndim > 0 and condition.shape[-1] == length
    return condition[..., 0] if moves else condition  # type: ignore[index]
