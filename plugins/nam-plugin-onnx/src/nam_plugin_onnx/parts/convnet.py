"""ConvNet: convolutions of two taps one after the other, and a linear head."""

from __future__ import annotations

from typing import Any

import numpy as np

from nam_plugin_onnx.graph import Graph
from nam_plugin_onnx.parts.activations import activation_of
from nam_plugin_onnx.parts.convolution import Convolution
from nam_plugin_onnx.weights import Weights


class ConvNet:
    """
    Its weights: layer by layer the convolution, without a bias where a normalization follows; then the head.

    The normalization (Ioffe and Szegedy, 2015) is a scale and a shift, which go into the convolution.
    """

    def __init__(self, config: Any, weights: Weights) -> None:
        channels, groups, norm = config["channels"], config.get("groups", 1), config["batchnorm"]
        self.layers: list[Convolution] = []
        for i, dilation in enumerate(config["dilations"]):
            before = channels if i else 1
            layer = Convolution(weights, before, channels, 2, dilation=dilation, groups=groups, bias=not norm)
            if norm:
                _normalize(layer, weights)
            self.layers.append(layer)
        self.activate = activation_of(config["activation"], channels)
        self.head = Convolution(weights, channels, 1)
        self.inputs = self.outputs = 1
        self.settling = 0

    def add_to(self, graph: Graph, x: str) -> str:
        """Return (B, 1, l) for (B, 1, l)."""
        for layer in self.layers:
            x = self.activate(graph, layer.add_to(graph, x))
        return self.head.add_to(graph, x)


def _normalize(layer: Convolution, weights: Weights) -> None:
    """Take mean, variance, scale, shift and the number added to the variance, and put them into a convolution."""
    mean, variance, scale, shift = weights.take(4, layer.outputs).astype(np.float64)
    factor = scale / np.sqrt(variance + weights.take(1).astype(np.float64))
    layer.weight = (factor[:, None, None] * layer.weight).astype(np.float32)
    layer.bias = (shift - factor * mean).astype(np.float32)
