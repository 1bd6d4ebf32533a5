"""
Knobs in their own units, and the channels that a net hears: the ``params`` of a file with knobs (version 1.0.0).

A knob is -1 at its ``min`` and 1 at its ``max``, and goes on beyond; a switch has a channel for each of its
``enum_names``, which is 1 where it stands there. A knob whose ``own`` curve is logarithmic is written in the common
logarithm of the units in which it is given.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from onnx import TensorProto

from nam_plugin_onnx.graph import Graph
from nam_plugin_onnx.parts.part import Part


class Encoding:
    """
    The channels of knobs.

    :param params: of a file
    :raises ValueError: when there are none
    """

    def __init__(self, params: Any) -> None:
        if not params:
            raise ValueError("it has no params")
        self._params = params
        self.knobs = len(params)
        self.channels = sum(len(param.get("enum_names") or [0]) for param in params)

    def add_to(self, graph: Graph, knobs: list[str]) -> list[str]:
        """Return channels of a graph, for each knob (B, 1, l) or as many as it has positions, of knobs (B, 1, l)."""
        return [_encoded(graph, param, knob) for param, knob in zip(self._params, knobs, strict=True)]


class Encoded:
    """
    A net that hears its knobs as channels beside the audio.

    :param net: takes 1 + E channels
    :raises ValueError: when it takes others
    """

    def __init__(self, encoding: Encoding, net: Part) -> None:
        if net.inputs != 1 + encoding.channels:
            raise ValueError(f"its net hears {net.inputs - 1} channels of {encoding.channels}")
        self._encoding, self._net = encoding, net
        self.inputs = 1 + encoding.knobs
        self.outputs = net.outputs
        self.settling = net.settling

    def add_to(self, graph: Graph, x: str) -> str:
        """Return (B, 1, l) for (B, 1 + K, l)."""
        audio, *knobs = (graph.part(x, 1, i, i + 1) for i in range(self.inputs))
        return self._net.add_to(graph, graph.add("Concat", audio, *self._encoding.add_to(graph, knobs), axis=1))


def _encoded(graph: Graph, param: Any, value: str) -> str:
    names = param.get("enum_names")
    if names:
        positions = graph.constant(np.arange(len(names), dtype=np.float32)[:, None])
        chosen = graph.add("Equal", graph.add("Round", value), positions)
        return graph.add("Cast", chosen, to=TensorProto.FLOAT)
    low, slope = param["min"], 2.0 / (param["max"] - param["min"])
    if (param.get("own") or {}).get("curve") == "log":
        value = graph.add("Mul", graph.add("Log", value), graph.constant(1.0 / math.log(10.0)))
    above = graph.add("Sub", value, graph.constant(float(low)))
    return graph.add("Sub", graph.add("Mul", above, graph.constant(slope)), graph.constant(1.0))
