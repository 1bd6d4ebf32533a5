"""LSTM (Hochreiter and Schmidhuber, 1997): layers of cells, a linear head, and the silence before the signal."""

from __future__ import annotations

from typing import Any

import numpy as np

from nam_plugin_onnx.graph import Graph
from nam_plugin_onnx.memory import SILENCE, Settling
from nam_plugin_onnx.parts.convolution import Convolution
from nam_plugin_onnx.weights import Array, Weights

WARM_UP, WARM_UP_UNKNOWN = 0.5, 64
"""The silence that a player runs first: seconds, or samples where the rate is not known."""

LONGEST_WARM_UP = 96_000
"""Samples of that silence at most."""

TO_TIME_FIRST, FROM_TIME_FIRST = [2, 0, 1], [1, 2, 0]


class Cells:
    """
    One layer of cells.

    It takes the matrix (4 H, D + H), the bias (4 H), the hidden and the cell state (H). The gates of a document are in
    the order input, forget, cell, output, and those of ONNX input, output, forget, cell.
    """

    def __init__(self, weights: Weights, width: int, size: int) -> None:
        matrix, bias = weights.take(4 * size, width + size), weights.take(4 * size)
        order = np.arange(4 * size).reshape(4, size)[[0, 3, 1, 2]].reshape(-1)
        self.matrix: Array = matrix[order][None]
        self.bias: Array = np.concatenate((bias[order], np.zeros(4 * size, np.float32)))[None]
        self.hidden, self.cell = weights.take(size), weights.take(size)
        self.width, self.size = width, size

    def add_to(self, graph: Graph, x: str, states: list[str]) -> list[str]:
        """Return the hidden states, (l, B, H), then the last hidden and cell state, (1, B, H), for (l, B, D)."""
        matrices = self.matrix[..., : self.width], self.matrix[..., self.width :], self.bias
        given = (x, *map(graph.constant, matrices), "", *states)
        whole, *last = graph.add_several("LSTM", *given, outputs=["lstm", "hidden", "cell"], hidden_size=self.size)
        return [graph.add("Squeeze", whole, graph.constant([1])), *last]


class Lstm:
    """
    Layers of cells, and a head that adds up what the last one holds.

    :param sample_rate: in Hz, or None
    :param settles: begin with the state in the document after half a second of silence, else with the state itself
    """

    def __init__(self, config: Any, weights: Weights, sample_rate: float | None, *, settles: bool = True) -> None:
        size, count = config["hidden_size"], config["num_layers"]
        self.inputs: int = config["input_size"]
        self.outputs = 1
        self.layers = [Cells(weights, size if i else self.inputs, size) for i in range(count)]
        self.head = Convolution(weights, size, 1)
        known = round(WARM_UP * sample_rate) if sample_rate else WARM_UP_UNKNOWN
        self.silence = min(known, LONGEST_WARM_UP) if settles else 0
        self.settling = self.silence if self.inputs > 1 else 0

    def add_to(self, graph: Graph, x: str) -> str:
        """Return (B, 1, l) for (B, D, l)."""
        settles = isinstance(graph.memory, Settling)
        if settles:
            x = graph.shaped_as(graph.part(x, 2, 0, 1), self.inputs, max(self.silence, 1))
        x = graph.add("Transpose", x, perm=TO_TIME_FIRST)
        hidden = ""
        for layer in self.layers:
            before = [graph.memory.recall(graph, start) for start in (layer.hidden, layer.cell)]
            moved = [graph.add("Transpose", state, perm=TO_TIME_FIRST) for state in before]
            x, *after = layer.add_to(graph, x, moved)
            kept = [graph.add("Transpose", state, perm=FROM_TIME_FIRST) for state in after]
            if settles and not self.silence:
                kept = before
            for state in kept:
                graph.memory.store(graph, state)
            hidden = kept[0]
        if settles:
            x = graph.shaped_as(hidden, self.head.inputs, SILENCE)
        else:
            x = graph.add("Transpose", x, perm=FROM_TIME_FIRST)
        return self.head.add_to(graph, x)
