"""What a part is."""

from __future__ import annotations

from typing import Protocol

from nam_plugin_onnx.graph import Graph


class Part(Protocol):
    """
    A net, or a piece of one.

    ``settling`` is how much silence, in samples, it hears at the first setting of its knobs, beyond what it reaches
    back, before a signal begins.
    """

    inputs: int
    outputs: int
    settling: int

    def add_to(self, graph: Graph, x: str) -> str:
        """Return its output in a graph, (B, C_out, l), for a signal of it, (B, C, l)."""
        ...
