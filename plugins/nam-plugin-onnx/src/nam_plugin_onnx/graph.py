"""A graph while it is being built: nodes, constants, and what it remembers from block to block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from onnx import NodeProto, TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from nam_plugin_onnx.memory import Memory

END = 2**63 - 1
"""Where a slice ends that takes everything."""


class Graph:
    """
    Nodes in the order in which they run. A value in it is known by its name.

    :param memory: decides what the graph is for: whole signals, blocks, or the silence before both
    :param audio: the input that the others are as many signals as, and as long as
    """

    def __init__(self, memory: Memory, audio: str) -> None:
        self.memory = memory
        self.audio = audio
        self.nodes: list[NodeProto] = []
        self.constants: dict[tuple[str, tuple[int, ...], bytes], TensorProto] = {}

    def add(self, kind: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """
        Return the output of a new node.

        :param kind: of the operator
        :param name: of the output; by default the kind and a number
        """
        output = name or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], name=f"{kind}_{len(self.nodes)}", **attributes))
        return output

    def add_several(self, kind: str, *inputs: str, outputs: list[str], **attributes: Any) -> list[str]:
        """Return the outputs of a new node that has several; one that is not wanted is ''."""
        named = [output and f"{output}_{len(self.nodes)}" for output in outputs]
        self.nodes.append(helper.make_node(kind, inputs, named, name=f"{kind}_{len(self.nodes)}", **attributes))
        return named

    def constant(self, values: npt.ArrayLike) -> str:
        """Return a constant; whole numbers are int64, as places are, others float32, or what their array is of."""
        array = np.asarray(values)
        if array.dtype.kind in "iu" or not isinstance(values, np.ndarray):
            array = array.astype(np.int64 if array.dtype.kind in "iu" else np.float32)
        array = array.copy()
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.constants:
            self.constants[key] = numpy_helper.from_array(array, f"constant_{len(self.constants)}")
        return self.constants[key].name

    def part(self, x: str, axis: int, start: int, end: int = END, name: str | None = None) -> str:
        """Return a slice along one axis; negative places count from the end."""
        return self.add("Slice", x, *(self.constant([place]) for place in (start, end, axis)), name=name)

    def shaped_as(self, x: str, channels: int, length: int) -> str:
        """Return a value repeated to (B, channels, length)."""
        batch = self.add("Shape", self.audio, start=0, end=1)
        return self.add("Expand", x, self.add("Concat", batch, self.constant([channels, length]), axis=0))
