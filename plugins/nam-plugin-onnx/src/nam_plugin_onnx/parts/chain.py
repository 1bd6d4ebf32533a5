"""Nets one after the other, each hearing the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from nam_plugin_onnx.graph import Graph
from nam_plugin_onnx.parts.part import Part


class Chain:
    """
    A chain of nets.

    :raises ValueError: when one takes other channels than the one before it gives
    """

    def __init__(self, nets: Sequence[Part]) -> None:
        for i, (before, net) in enumerate(pairwise(nets), 1):
            if before.outputs != net.inputs:
                raise ValueError(f"models[{i}] takes other channels than the one before it gives")
        self.nets = nets
        self.settling = 0
        self.inputs, self.outputs = nets[0].inputs, nets[-1].outputs

    def add_to(self, graph: Graph, x: str) -> str:
        """Return (B, C_out, l) for (B, C, l)."""
        for net in self.nets:
            x = net.add_to(graph, x)
        return x
