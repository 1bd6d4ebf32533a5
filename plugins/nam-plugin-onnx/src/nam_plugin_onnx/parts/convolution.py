"""A causal convolution that remembers as much of its input as its oldest tap reaches back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from nam_plugin_onnx.graph import Graph
from nam_plugin_onnx.memory import SILENCE, Playing, Settling
from nam_plugin_onnx.weights import Array, Weights


class Convolution:
    """
    A dilated convolution of what its input differs by from what silence leads to, so that zeros precede it.

    It takes its weights in the order (outputs, inputs of a group, kernel), then the bias (outputs); the last tap
    multiplies the newest sample.

    :raises ValueError: when the groups do not divide the channels
    """

    def __init__(
        self,
        weights: Weights,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        *,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        if min(inputs, outputs, kernel, dilation, groups) < 1 or inputs % groups or outputs % groups:
            raise ValueError(f"{groups} groups do not divide a convolution of {inputs} to {outputs} channels")
        self.weight: Array = weights.take(outputs, inputs // groups, kernel)
        self.bias: Array = weights.take(outputs) if bias else np.zeros(outputs, np.float32)
        self.inputs, self.outputs = inputs, outputs
        self.dilation, self.groups = dilation, groups
        self.reach = (kernel - 1) * dilation

    def add_to(self, graph: Graph, x: str) -> str:
        """Return the convolution, (B, C_out, l), for (B, C, l)."""
        if not self.reach:
            return self._convolved(graph, x, self.bias)
        memory = graph.memory
        if isinstance(memory, Settling):
            return self._settled(graph, memory, x)
        assert isinstance(memory, Playing)
        start = memory.start()
        if start.any():
            x = graph.add("Sub", x, graph.constant(start[None, :, None]))
        heard, zeros = memory.preceded(graph, x, self.inputs, self.reach)
        bias = self._of_silence() @ start.astype(np.float64) + self.bias
        return self._convolved(graph, heard, bias.astype(np.float32), zeros)

    def _convolved(self, graph: Graph, x: str, bias: Array, zeros: int = 0) -> str:
        names = map(graph.constant, (self.weight, bias) if bias.any() else (self.weight,))
        shape = [self.weight.shape[2]]
        return graph.add(
            "Conv", x, *names, kernel_shape=shape, dilations=[self.dilation], group=self.groups, pads=[zeros, 0]
        )

    def _settled(self, graph: Graph, memory: Settling, x: str) -> str:
        """Return what silence leads to, rounded as the bias is that the graphs that play have for it."""
        start = graph.part(x, 2, -1)
        memory.store(graph, start)
        product = graph.add(
            "MatMul", graph.constant(self._of_silence()), graph.add("Cast", start, to=TensorProto.DOUBLE)
        )
        exact = graph.add("Add", product, graph.constant(self.bias.astype(np.float64)[:, None]))
        return graph.shaped_as(graph.add("Cast", exact, to=TensorProto.FLOAT), self.outputs, SILENCE)

    def _of_silence(self) -> npt.NDArray[np.float64]:
        """Return the matrix, (C_out, C), that multiplies an input which does not change."""
        sums = self.weight.astype(np.float64).sum(axis=2)
        high, wide = self.outputs // self.groups, self.inputs // self.groups
        matrix = np.zeros((self.outputs, self.inputs))
        for group in range(self.groups):
            rows = slice(group * high, (group + 1) * high)
            matrix[rows, group * wide : (group + 1) * wide] = sums[rows]
        return matrix
