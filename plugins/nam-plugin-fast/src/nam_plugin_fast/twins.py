"""
A twin of a net: the same net, whose networks the compiled code computes.

A twin shares the parameters of its net, and everything else that the net's class does (silence before the audio, the
form of the conditions, the choice of a size) is done by that class.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

from torch import Tensor, nn

from nam_kernel.interfaces import BaseNet, Forward, Stream
from nam_plugin_fast.library import loads
from nam_plugin_fast.suitable import are_plain

N = TypeVar("N", bound=nn.Module)

MAKERS: Mapping[str, str] = {
    "nam_plugin_convnet.net:ConvNet": "nam_plugin_fast.convnets:twin_of_convnet",
    "nam_plugin_lstm.cat:CatLSTM": "nam_plugin_fast.lstms:twin_of_lstm",
    "nam_plugin_lstm.fed:FedLSTM": "nam_plugin_fast.lstms:twin_of_lstm",
    "nam_plugin_lstm.net:LSTM": "nam_plugin_fast.lstms:twin_of_lstm",
    "nam_plugin_wavenet.net:WaveNet": "nam_plugin_fast.wavenets:twin_of_wavenet",
}
"""
Of each class of net, the function that makes a twin; by name, so that none is imported that is not used.

Nets that consist of these, such as a container's sizes, are accelerated part by part by the plugins that define them.
"""


@dataclass(frozen=True)
class Twin:
    """
    What computes in the place of a net.

    :param net: the twin
    :param stream: makes a stream that begins with silence
    :param pairs: the net with its twin, and those inside of it; a twin is in training when its net is
    """

    net: BaseNet
    stream: Callable[[], Stream]
    pairs: tuple[tuple[BaseNet, BaseNet], ...]


class FastNet:
    """
    Takes what a net takes.

    :param twin: of the net
    """

    def __init__(self, twin: Twin) -> None:
        self._twin = twin

    def __reduce__(self) -> Any:
        # A copy is that of a copied net, in this process or in another one.
        return _again, (self._twin.pairs[0][0],)

    def __call__(self, x: Tensor, *conditions: Tensor | float, pad_start: bool | None = None) -> Tensor:
        """Return the output of the net, as ``BaseNet.forward`` does."""
        for net, twin in self._twin.pairs:
            twin.training = net.training
        return self._twin.net.forward(x, *conditions, pad_start=pad_start)

    def stream(self) -> Stream:
        """Return a stream that begins with silence, and plays with the weights that the net has now."""
        net = self._twin.pairs[0][0]
        return self._twin.stream() if are_plain(*net.parameters()) else net.stream()


def fast_net(net: BaseNet) -> FastNet | None:
    """Return what computes in the place of a net, or None where nothing does."""
    twin = twin_of(net) if loads() else None
    return None if twin is None else FastNet(twin)


def twin_of(net: BaseNet) -> Twin | None:
    """Return the twin of a net, or None where the compiled code has nothing for it."""
    maker = maker_of(net)
    if maker is None:
        return None
    module, _, name = maker.partition(":")
    twin: Twin | None = getattr(import_module(module), name)(net)
    return twin


def maker_of(net: nn.Module) -> str | None:
    """Return the function that makes a twin of such a net; None for a class derived from one, which may differ."""
    return MAKERS.get(f"{type(net).__module__}:{type(net).__qualname__}")


def with_modules(net: N, **modules: nn.Module) -> N:
    """Return a copy of a net that shares everything with it but these modules."""
    twin = copy.copy(net)
    # The copy refers to the very dictionaries of the net.
    twin.__dict__["_modules"] = {**net._modules, **modules}
    return twin


def _again(net: BaseNet) -> Forward:
    return fast_net(net) or net
