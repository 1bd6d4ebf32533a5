"""The activation of a layer with its gate, which takes one half of the channels."""

from __future__ import annotations

from typing import Any

from nam_plugin_onnx.graph import Graph
from nam_plugin_onnx.parts.activations import Activation, activation_of


def gate_of(mode: str, primary: Any, secondary: Any, channels: int) -> Activation:
    """
    Return what a layer does between its convolution and its two outputs.

    ``gated`` is the product of two activations, one for each half of the channels; ``blended`` fades from the first
    half to its activation.

    :param channels: of the result
    :raises ValueError: when no player knows it
    """
    active = activation_of(primary, channels)
    if mode == "none":
        return active
    if mode not in ("gated", "blended"):
        raise ValueError(f"the gating_mode {mode!r} is not known here")
    amount = activation_of(secondary or "Sigmoid", channels)

    def gate(graph: Graph, x: str) -> str:
        first = graph.part(x, 1, 0, channels)
        factor = amount(graph, graph.part(x, 1, channels))
        bent = active(graph, first)
        if mode == "gated":
            return graph.add("Mul", bent, factor)
        return graph.add("Add", first, graph.add("Mul", factor, graph.add("Sub", bent, first)))

    return gate


def gating_of(config: Any, count: int) -> list[tuple[str, Any, Any]]:
    """Return mode, activation and second activation of each of the ``count`` layers of a stack."""
    modes, secondaries = config.get("gating_mode"), config.get("secondary_activation")
    if modes is None:
        modes, secondaries = "gated" if config.get("gated", False) else "none", None
    rows = (each(value, count) for value in (modes, config["activation"], secondaries))
    return list(zip(*rows, strict=True))


def each(value: Any, count: int) -> list[Any]:
    """
    Return what a stack says for each of its layers: the entries of a list, or one value for all.

    :raises ValueError: when the list has another length
    """
    values = value if isinstance(value, list) else [value] * count
    if len(values) != count:
        raise ValueError(f"a list has {len(values)} entries for {count} layers")
    return values
