"""An accelerator of a container: each of its sizes run as fast as a plugin can run that."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nam_kernel import accelerate
from nam_kernel.interfaces import BaseNet, Forward, Stream
from nam_plugin_container.aligned import Aligned, newest
from nam_plugin_container.net import Container


class FastContainer:
    """
    A container whose sizes are run by what accelerates them.

    :param net: stays as it is
    :param forwards: one for each of its sizes
    """

    def __init__(self, net: Container, forwards: Sequence[Forward]) -> None:
        self._net, self._forwards = net, forwards

    def __call__(self, x: Tensor, *conditions: Tensor | float, pad_start: bool | None = None) -> Tensor:
        """
        Return what ``net.forward`` does.

        :raises ValueError: when a size refuses the input or the conditions
        """
        pads = not self._net.training if pad_start is None else pad_start
        if pads:
            # Each size puts as much silence before the audio as it needs.
            return self._side_by_side([forward(x, *conditions, pad_start=True) for forward in self._forwards])
        length = x.shape[-1] - self._net.receptive_field + 1
        tensors = tuple(c for c in conditions if isinstance(c, Tensor))
        if x.ndim < 2 or len(tensors) < len(conditions) or length < 1:
            y: Tensor = self._net(x, *conditions, pad_start=False)
            return y
        return self._side_by_side(
            [
                forward(*newest((x, *tensors), length + net.receptive_field - 1), pad_start=False)
                for forward, net in zip(self._forwards, self._net.sizes(), strict=True)
            ]
        )

    def stream(self) -> Aligned:
        """Return a stream that begins with silence, of streams that are as fast."""
        return Aligned([_stream(net, f) for net, f in zip(self._net.sizes(), self._forwards, strict=True)])

    @staticmethod
    def _side_by_side(outputs: Sequence[Tensor]) -> Tensor:
        return torch.stack(list(outputs), dim=-2)


def accelerated(net: BaseNet, device: str) -> FastContainer | None:
    """Return a faster callable for a container of which a size can be accelerated."""
    if not isinstance(net, Container) or type(net).compute is not Container.compute:
        return None
    sizes = net.sizes()
    forwards = [accelerate(size, device) for size in sizes]
    is_faster = any(forward is not size for forward, size in zip(forwards, sizes, strict=True))
    return FastContainer(net, forwards) if is_faster else None


def _stream(net: BaseNet, forward: Forward) -> Stream:
    """Return the stream of a size, run by what accelerates it."""
    if forward is net:
        return net.stream()
    own: Stream | None = forward.stream() if hasattr(forward, "stream") else None
    return net.stream(forward) if own is None else own
