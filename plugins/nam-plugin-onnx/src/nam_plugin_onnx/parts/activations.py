"""The activations that a document can name, with the parameters and defaults that players have for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nam_plugin_onnx.graph import Graph

Activation = Callable[[Graph, str], str]
"""Adds an activation of a signal to a graph, and returns its output."""


def activation_of(described: Any, channels: int) -> Activation:
    """
    Return the activation that a document describes.

    :param described: its name, or an object with the name as ``type`` and parameters
    :param channels: of the signals that it is for
    :raises ValueError: when no player knows it, or its slopes are for another number of channels
    """
    given: Mapping[str, Any] = {"type": described} if isinstance(described, str) else described
    name = given["type"]
    if name in _OPERATORS:
        operator = _OPERATORS[name]
        return lambda graph, x: graph.add(operator, x)
    if name in _COMPOSED:
        return _COMPOSED[name]
    if name == "LeakyReLU" or (name == "PReLU" and ("negative_slope" in given or "negative_slopes" not in given)):
        return _leaky([float(given.get("negative_slope", 0.01))])
    if name == "PReLU":
        slopes = [float(slope) for slope in given["negative_slopes"]]
        if len(slopes) not in (1, channels):
            raise ValueError(f"PReLU has {len(slopes)} slopes for {channels} channels")
        return _leaky(slopes)
    if name not in ("LeakyHardtanh", "LeakyHardTanh"):
        raise ValueError(f"the activation '{name}' is not known here")
    low, high = float(given.get("min_val", -1.0)), float(given.get("max_val", 1.0))
    return _leaky_hard_tanh(low, high, float(given.get("min_slope", 0.01)), float(given.get("max_slope", 0.01)))


def _hard_tanh(graph: Graph, x: str) -> str:
    return graph.add("Clip", x, graph.constant(-1.0), graph.constant(1.0))


def _silu(graph: Graph, x: str) -> str:
    return graph.add("Mul", x, graph.add("Sigmoid", x))


def _fast_tanh(graph: Graph, x: str) -> str:
    """Add the rational approximation of tanh that players have under the name ``Fasttanh``, by Aleksey Vaneev."""
    size, square = graph.add("Abs", x), graph.add("Mul", x, x)

    def line(value: str, offset: float, slope: float) -> str:
        return graph.add("Add", graph.add("Mul", value, graph.constant(slope)), graph.constant(offset))

    cubic = graph.add("Mul", line(size, 0.893229853513558, 0.821226666969744), square)
    above = graph.add("Mul", x, graph.add("Add", line(size, 2.45550750702956, 2.45550750702956), cubic))
    bent = graph.add("Mul", graph.add("Mul", x, size), graph.constant(0.814642734961073))
    factor = graph.add("Abs", graph.add("Add", x, bent))
    offset = graph.constant(2.44506634652299)
    below = graph.add("Add", graph.add("Mul", graph.add("Add", square, offset), factor), offset)
    return graph.add("Div", above, below)


def _leaky(slopes: list[float]) -> Activation:
    column = np.array(slopes, np.float32)[:, None]
    return lambda graph, x: graph.add("PRelu", x, graph.constant(column))


def _leaky_hard_tanh(low: float, high: float, below: float, above: float) -> Activation:
    def activate(graph: Graph, x: str) -> str:
        inside = graph.add("Clip", x, graph.constant(low), graph.constant(high))
        under = graph.add("Min", graph.add("Sub", x, graph.constant(low)), graph.constant(0.0))
        over = graph.add("Max", graph.add("Sub", x, graph.constant(high)), graph.constant(0.0))
        lower = graph.add("Add", inside, graph.add("Mul", under, graph.constant(below)))
        return graph.add("Add", lower, graph.add("Mul", over, graph.constant(above)))

    return activate


_OPERATORS: Mapping[str, str] = {
    "Tanh": "Tanh",
    "ReLU": "Relu",
    "Sigmoid": "Sigmoid",
    "Hardswish": "HardSwish",
    "Softsign": "Softsign",
}
_COMPOSED: Mapping[str, Activation] = {"Fasttanh": _fast_tanh, "Hardtanh": _hard_tanh, "SiLU": _silu}
