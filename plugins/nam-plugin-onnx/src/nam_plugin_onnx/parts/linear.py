"""Linear: one impulse response."""

from __future__ import annotations

from typing import Any

from nam_plugin_onnx.graph import Graph
from nam_plugin_onnx.parts.convolution import Convolution
from nam_plugin_onnx.weights import Weights


class Linear:
    """A convolution of the audio with the weights, the first of which multiplies the newest sample."""

    def __init__(self, config: Any, weights: Weights) -> None:
        self.response = Convolution(weights, 1, 1, config["receptive_field"], bias=bool(config["bias"]))
        self.response.weight = self.response.weight[:, :, ::-1]
        self.inputs = self.outputs = 1
        self.settling = 0

    def add_to(self, graph: Graph, x: str) -> str:
        """Return (B, 1, l) for (B, 1, l)."""
        return self.response.add_to(graph, x)
