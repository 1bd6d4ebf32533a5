"""From a part to the models around it: the audio and the knobs that go in, the output, and the silence before both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from onnx import ModelProto, TensorProto, ValueInfoProto, helper

from nam_plugin_onnx.graph import Graph
from nam_plugin_onnx.memory import SILENCE, AfterSilence, Array, BetweenBlocks, Settling
from nam_plugin_onnx.parts.part import Part
from nam_plugin_onnx.sessions import session_of

OPSET = 17
"""Of the operators: the first with all that is used, from 2022, so that older runtimes play the files, too."""

IR = 8
"""The version of the file format that came with the opset."""

PRODUCER = "nam-kernel"


def whole_signals(part: Part, starts: Sequence[Array], silence: int) -> ModelProto:
    """
    Return the model for whole signals.

    :param starts: what its memory holds after silence
    :param silence: samples to hear first: what it leads to depends on the knobs, and in its last bits on the processor
    """
    graph = Graph(AfterSilence(starts, settles=part.settling > 0), "audio")
    y = part.add_to(graph, _joined(graph, part, silence))
    if silence:
        y = graph.part(y, 2, silence)
    return _model(graph, part, y, "whole", [], [])


def blocks(part: Part, starts: Sequence[Array]) -> ModelProto:
    """
    Return the model for blocks.

    :param starts: what its memory holds after silence
    """
    memory = BetweenBlocks(starts)
    graph = Graph(memory, "audio")
    y = part.add_to(graph, _joined(graph, part, 0))
    return _model(graph, part, y, "stream", memory.inputs, memory.outputs)


def starts_of(part: Part, settings: Sequence[float]) -> list[Array]:
    """
    Return what the memory of a part holds after silence, (C,) each, as ONNX Runtime computes it.

    :param settings: of the knobs
    """
    memory = Settling()
    graph = Graph(memory, "audio")
    part.add_to(graph, _joined(graph, part, 0))
    if not memory.outputs:
        return []
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, None, 1]) for name in memory.outputs]
    session = session_of(_finished(graph, "silence", _inputs(part), outputs).SerializeToString())
    given = {"audio": np.zeros((1, SILENCE), np.float32)}
    if part.inputs > 1:
        given["knobs"] = np.array(settings, np.float32)[None, :, None]
    return [np.asarray(start, np.float32).reshape(-1) for start in session.run(memory.outputs, given)]


def _joined(graph: Graph, part: Part, silence: int) -> str:
    """Return the input of a part, (B, 1 + K, silence + L): audio, and the knobs, whose first values precede them."""
    audio = graph.add("Unsqueeze", "audio", graph.constant([1]))
    if silence:
        audio = graph.add("Pad", audio, graph.constant([0, 0, silence, 0, 0, 0]))
    count = part.inputs - 1
    if not count:
        return audio
    shape = graph.add("Shape", "audio")
    wide = graph.add("Concat", graph.part(shape, 0, 0, 1), graph.constant([count]), graph.part(shape, 0, 1), axis=0)
    knobs = graph.add("Expand", "knobs", wide)
    if silence:
        knobs = graph.add("Pad", knobs, graph.constant([0, 0, silence, 0, 0, 0]), mode="edge")
    return graph.add("Concat", audio, knobs, axis=1)


def _inputs(part: Part) -> list[ValueInfoProto]:
    """Return audio, (B, L), and knobs, (B, K, L), each dimension of which may be 1 where it is the same everywhere."""
    audio = helper.make_tensor_value_info("audio", TensorProto.FLOAT, ["batch", "length"])
    if part.inputs == 1:
        return [audio]
    shape: list[str | int | None] = ["knob_batch", part.inputs - 1, "knob_length"]
    return [audio, helper.make_tensor_value_info("knobs", TensorProto.FLOAT, shape)]


def _model(
    graph: Graph, part: Part, y: str, name: str, states: Sequence[ValueInfoProto], after: Sequence[ValueInfoProto]
) -> ModelProto:
    graph.add("Squeeze", y, graph.constant([1]), name="output")
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", "length"])
    return _finished(graph, name, [*_inputs(part), *states], [output, *after])


def _finished(
    graph: Graph, name: str, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto]
) -> ModelProto:
    made = helper.make_graph(graph.nodes, name, inputs, outputs, list(graph.constants.values()))
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_model(made, opset_imports=opsets, ir_version=IR, producer_name=PRODUCER)
