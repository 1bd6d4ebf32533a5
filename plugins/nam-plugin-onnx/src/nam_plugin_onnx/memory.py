"""What a graph remembers: silence before a whole signal, the block before a block, or nothing yet."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, ValueInfoProto, helper

from nam_plugin_onnx.graph import Graph

Array = npt.NDArray[np.float32]

SILENCE = 64
"""
Samples of silence that a net settles on.

One would do, but that is computed in another order than a block is, and a net of high gain hears the difference.
"""


class Memory(ABC):
    """What precedes a signal, or a block of it; signals are (B, C, l)."""

    @abstractmethod
    def recall(self, graph: Graph, initial: Array) -> str:
        """
        Return a state, (B, C, 1).

        :param initial: (C,), what it is before it has heard anything
        """

    @abstractmethod
    def store(self, graph: Graph, state: str) -> None:
        """Keep the states, (B, C, 1), in the order in which they were recalled."""


class Settling(Memory):
    """
    The memory of a graph that hears a block of silence, and takes its first sample for all the silence before it.

    The outputs are what a memory holds after the silence, (1, C, 1) each, in the order of the parts.
    """

    def __init__(self) -> None:
        self.outputs: list[str] = []

    def recall(self, graph: Graph, initial: Array) -> str:
        """Return what the document says."""
        return graph.constant(initial[None, :, None])

    def store(self, graph: Graph, state: str) -> None:
        """Have a value be an output."""
        self.outputs.append(graph.add("Identity", state, name=f"start_{len(self.outputs)}"))


class Playing(Memory):
    """
    The memory of a graph that plays.

    :param starts: (C,) each, what ``Settling`` found
    """

    def __init__(self, starts: Sequence[Array]) -> None:
        self._starts = list(starts)
        self._used = 0

    def start(self) -> Array:
        """Return what silence leads to, (C,), at the next place."""
        self._used += 1
        return self._starts[self._used - 1]

    @abstractmethod
    def preceded(self, graph: Graph, x: str, channels: int, reach: int) -> tuple[str, int]:
        """
        Return a signal with its past, and how many zeros are still to come before it.

        :param x: the difference from what silence leads to
        :param reach: samples of the past
        """


class AfterSilence(Playing):
    """
    The memory of a graph for whole signals: silence has lasted since before them.

    :param settles: whether the graph hears silence before the signal, for which a state begins as its document says
    """

    def __init__(self, starts: Sequence[Array], *, settles: bool = False) -> None:
        super().__init__(starts)
        self._settles = settles

    def preceded(self, graph: Graph, x: str, channels: int, reach: int) -> tuple[str, int]:
        """Return the signal; zeros precede it."""
        return x, reach

    def recall(self, graph: Graph, initial: Array) -> str:
        """Return the state before the graph hears anything."""
        settled = self.start()
        start = initial if self._settles else settled
        return graph.shaped_as(graph.constant(start[None, :, None]), len(initial), 1)

    def store(self, graph: Graph, state: str) -> None:
        """Forget."""


class BetweenBlocks(Playing):
    """
    The memory of a graph for blocks: inputs that hold what outputs held after the block before.

    They are differences from what silence leads to, so that a stream begins with zeros.
    """

    def __init__(self, starts: Sequence[Array]) -> None:
        super().__init__(starts)
        self.inputs: list[ValueInfoProto] = []
        self.outputs: list[ValueInfoProto] = []
        self._recalled: list[Array] = []

    def preceded(self, graph: Graph, x: str, channels: int, reach: int) -> tuple[str, int]:
        """Return the block after as many samples before it, and keep its last ones."""
        heard = graph.add("Concat", self._read(channels, reach), x, axis=2)
        graph.part(heard, 2, -reach, name=self._written(channels, reach))
        return heard, 0

    def recall(self, graph: Graph, initial: Array) -> str:
        """Return the state after the block before."""
        start = self.start()
        self._recalled.append(start)
        return graph.add("Add", self._read(len(start), 1), graph.constant(start[None, :, None]))

    def store(self, graph: Graph, state: str) -> None:
        """Keep the state for the next block."""
        start = self._recalled.pop(0)
        graph.add("Sub", state, graph.constant(start[None, :, None]), name=self._written(len(start), 1))

    def _read(self, channels: int, length: int) -> str:
        return _listed(self.inputs, "state", channels, length)

    def _written(self, channels: int, length: int) -> str:
        return _listed(self.outputs, "next_state", channels, length)


def _listed(values: list[ValueInfoProto], kind: str, channels: int, length: int) -> str:
    """Append a value, and return its name."""
    name = f"{kind}_{len(values)}"
    values.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", channels, length]))
    return name
