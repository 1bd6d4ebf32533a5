"""An accelerator of a Sequential: each of its models run as fast as a plugin can run that."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torch.nn import functional

from nam_kernel import accelerate
from nam_kernel.interfaces import BaseNet, Forward
from nam_plugin_sequential.chain import Chain, refuse_conditions
from nam_plugin_sequential.net import Sequential


class FastSequential:
    """
    A Sequential whose models are run by what accelerates them.

    :param net: stays as it is
    :param forwards: one for each of its models
    """

    def __init__(self, net: Sequential, forwards: Sequence[Forward]) -> None:
        self._net, self._forwards = net, forwards

    def __call__(self, x: Tensor, *conditions: Tensor | float, pad_start: bool | None = None) -> Tensor:
        """
        Return what ``net.forward`` does.

        :raises ValueError: when it is given conditions, or a model refuses its input
        """
        refuse_conditions(conditions)
        pads = not self._net.training if pad_start is None else pad_start
        y = x if x.ndim > 1 else x[None]
        if pads:
            y = functional.pad(y, (self._net.receptive_field - 1, 0))
        for forward in self._forwards:
            y = forward(y, pad_start=False)
        return y if x.ndim > 1 else y[0]

    def stream(self) -> Chain:
        """Return a stream that begins with silence, of streams that are as fast."""
        return Chain(self._net.parts(), self._forwards)


def accelerated(net: BaseNet, device: str) -> FastSequential | None:
    """Return a faster callable for a Sequential of which a model can be accelerated."""
    if not isinstance(net, Sequential) or type(net).compute is not Sequential.compute:
        return None
    parts = net.parts()
    forwards = [accelerate(part, device) for part in parts]
    is_faster = any(forward is not part for forward, part in zip(forwards, parts, strict=True))
    return FastSequential(net, forwards) if is_faster else None
