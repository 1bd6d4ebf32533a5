"""FiLM: a signal times a scale, plus a shift, both computed from the condition (Perez et al., 2018)."""

from __future__ import annotations

from typing import Any

from nam_plugin_onnx.graph import Graph
from nam_plugin_onnx.parts.convolution import Convolution
from nam_plugin_onnx.weights import Weights


class Film:
    """
    One site.

    :param config: of the site
    :param channels: of the signal that is modulated
    """

    def __init__(self, config: Any, weights: Weights, condition_size: int, channels: int) -> None:
        self.channels = channels
        self.shifts = bool(config.get("shift", True))
        outputs = 2 * channels if self.shifts else channels
        self.modulation = Convolution(weights, condition_size, outputs, groups=config.get("groups", 1))

    def add_to(self, graph: Graph, x: str, condition: str) -> str:
        """Return (B, C, l), modulated by the condition, (B, D, l)."""
        modulation = self.modulation.add_to(graph, condition)
        if not self.shifts:
            return graph.add("Mul", x, modulation)
        scaled = graph.add("Mul", x, graph.part(modulation, 1, 0, self.channels))
        return graph.add("Add", scaled, graph.part(modulation, 1, self.channels))


class Unmodulated:
    """A site without FiLM."""

    def add_to(self, graph: Graph, x: str, condition: str) -> str:
        """Return ``x``."""
        return x


def film_of(config: Any, weights: Weights, condition_size: int, channels: int) -> Film | Unmodulated:
    """Return the site that a document describes; one that is left out, null or false is off."""
    if config is None or config is False or not config.get("active", True):
        return Unmodulated()
    return Film(config, weights, condition_size, channels)
