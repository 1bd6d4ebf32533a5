"""ConvNet: convolutions of two taps one after the other, and a linear head."""

from typing import Any

import torch
from torch import Tensor, nn

from nam_plugin_torchscript.parts.activations import activation_of
from nam_plugin_torchscript.parts.convolution import Convolution
from nam_plugin_torchscript.parts.memory import Slots
from nam_plugin_torchscript.parts.weights import Weights


class ConvNet(nn.Module):
    """
    Its weights: layer by layer the convolution, without a bias where a normalization follows; then the head.

    The normalization (Ioffe and Szegedy, 2015) is a scale and a shift, which go into the convolution.
    """

    def __init__(self, config: Any, weights: Weights, slots: Slots) -> None:
        super().__init__()
        channels, groups = config["channels"], config.get("groups", 1)
        layers = []
        for i, dilation in enumerate(config["dilations"]):
            before, norm = channels if i else 1, config["batchnorm"]
            layer = Convolution(weights, slots, before, channels, 2, dilation=dilation, groups=groups, bias=not norm)
            if norm:
                _normalize(layer, weights)
            layers.append(layer)
        self.layers = nn.ModuleList(layers)
        self.activate = activation_of(config["activation"], channels)
        self.head = Convolution(weights, slots, channels, 1)
        self.inputs = self.outputs = 1

    def forward(self, x: Tensor, memory: list[Tensor]) -> Tensor:
        """Return (B, 1, l) for (B, 1, l)."""
        for layer in self.layers:
            x = self.activate(layer(x, memory))
        y: Tensor = self.head(x, memory)
        return y


def _normalize(layer: Convolution, weights: Weights) -> None:
    """Take mean, variance, scale, shift and the number added to the variance, and put them into a convolution."""
    mean, variance, scale, shift = weights.take(4, layer.outputs, 1).double()
    factor = scale / torch.sqrt(variance + weights.take(1).double())
    layer.weight = (factor * layer.weight.double()).float()
    layer.bias = (shift - factor * mean).float()
