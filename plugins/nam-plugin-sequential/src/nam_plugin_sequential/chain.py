"""Streams one after the other: the output of one is the input of the next."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nam_kernel.interfaces import BaseNet, Forward, Stream

BLOCK, MOST_BLOCKS = 4096, 24
"""Samples in which an output may settle on silence: two seconds at 48 kHz."""


class Chain:
    """
    Nets in the middle of a signal, one after the other.

    Silence precedes the audio, and each net hears what the ones before it make of that.

    :param nets: in the order in which the audio goes through them
    :param forwards: what runs each net; the nets themselves where there are none
    """

    def __init__(self, nets: Sequence[BaseNet], forwards: Sequence[Forward] = ()) -> None:
        runs: Sequence[Forward] = forwards or nets
        self._streams = [_stream(net, forward) for net, forward in zip(nets, runs, strict=True)]
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


def follow_silence(nets: Sequence[BaseNet]) -> None:
    """
    Tell each net with a state what the nets before it make of silence: a player runs silence through the whole chain.

    Such a net has a method ``follow(silence)``, which makes this what it hears before the audio.
    """
    followers = [i for i, net in enumerate(nets) if hasattr(net, "follow")]
    silence = 0.0
    for i, net in enumerate(nets[: max(followers, default=-1) + 1]):
        if i in followers:
            net.follow(silence)  # type: ignore[operator]
        if i < followers[-1]:
            silence = _answer(net, silence)


@torch.no_grad()
def _answer(net: BaseNet, silence: float) -> float:
    """Return what the output of a net comes to while it hears one value, or where it is after two seconds."""
    device = next((parameter.device for parameter in net.parameters()), torch.device("cpu"))
    was_training = net.training
    stream, heard = net.eval().stream(), torch.full((BLOCK,), silence, device=device)
    y = heard[:0]
    for _ in range(MOST_BLOCKS + net.receptive_field // BLOCK):
        y = stream.feed(heard)
        if float(y.max() - y.min()) <= 1e-7 * max(1.0, float(y.abs().max())):
            break
    net.train(was_training)
    return float(y[-1])


def refuse_conditions(conditions: Sequence[Tensor | float]) -> None:
    """
    Refuse conditions, which no net in a Sequential takes.

    :raises ValueError: when there are any
    """
    if conditions:
        raise ValueError("a Sequential takes no conditions; call it with the audio only")


def _stream(net: BaseNet, forward: Forward) -> Stream:
    """Return the stream of a net, run by what accelerates it."""
    if forward is net:
        return net.stream()
    own: Stream | None = forward.stream() if hasattr(forward, "stream") else None
    return net.stream(forward) if own is None else own
