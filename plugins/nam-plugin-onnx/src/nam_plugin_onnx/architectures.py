"""From a model document to the part that plays it, by the name of its architecture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nam_kernel.errors import UserError
from nam_plugin_onnx.parts.chain import Chain
from nam_plugin_onnx.parts.convnet import ConvNet
from nam_plugin_onnx.parts.encoded import Encoded, Encoding
from nam_plugin_onnx.parts.linear import Linear
from nam_plugin_onnx.parts.lstm import Lstm
from nam_plugin_onnx.parts.part import Part
from nam_plugin_onnx.parts.wavenet import WaveNet
from nam_plugin_onnx.weights import Weights

Document = Mapping[str, Any]


def part_of(document: Document) -> Part:
    """
    Return the part that plays a model.

    :raises UserError: when its architecture is not known here, or its parts contradict each other
    """
    architecture = document["architecture"]
    build = _BUILDERS.get(architecture)
    if build is None:
        raise UserError(f"the architecture {architecture!r} is not known here; known: {', '.join(sorted(_BUILDERS))}")
    weights = Weights(document["weights"])
    try:
        part = build(document, weights)
        weights.require_all_taken()
    except KeyError as error:
        raise UserError(f"this {architecture} cannot be written: its config does not say {error}") from error
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise UserError(f"this {architecture} cannot be written: {error}") from error
    return part


def _wavenet(document: Document, weights: Weights) -> Part:
    return WaveNet(document["config"], weights, part_of)


def _conditioned_wavenet(document: Document, weights: Weights) -> Part:
    return WaveNet(document["config"], weights, part_of, is_given=True)


def _lstm(document: Document, weights: Weights) -> Part:
    return Lstm(document["config"], weights, _rate(document))


def _cat_lstm(document: Document, weights: Weights) -> Part:
    # Where silence leads to depends on the conditions, so the document holds the state to begin with.
    return Lstm(document["config"], weights, _rate(document), settles=False)


def _concat_wavenet(document: Document, weights: Weights) -> Part:
    encoding = Encoding(document["config"]["params"])
    return Encoded(encoding, WaveNet({**document["config"], "in_channels": 1 + encoding.channels}, weights, part_of))


def _concat_lstm(document: Document, weights: Weights) -> Part:
    encoding = Encoding(document["config"]["params"])
    fed = {**document["config"], "input_size": 1 + encoding.channels}
    return Encoded(encoding, Lstm(fed, weights, _rate(document)))


def _convnet(document: Document, weights: Weights) -> Part:
    return ConvNet(document["config"], weights)


def _linear(document: Document, weights: Weights) -> Part:
    return Linear(document["config"], weights)


def _sequential(document: Document, weights: Weights) -> Part:
    return Chain([part_of(model) for model in document["config"]["models"]])


def _container(document: Document, weights: Weights) -> Part:
    return part_of(document["config"]["submodels"][-1]["model"])


_BUILDERS: Mapping[str, Callable[[Document, Weights], Part]] = {
    "CatLSTM": _cat_lstm,
    "ConcatLSTM": _concat_lstm,
    "ConcatWaveNet": _concat_wavenet,
    "ConditionedWaveNet": _conditioned_wavenet,
    "ConvNet": _convnet,
    "LSTM": _lstm,
    "Linear": _linear,
    "Sequential": _sequential,
    "SlimmableContainer": _container,
    "WaveNet": _wavenet,
}


def _rate(document: Document) -> float | None:
    """Return the sample rate in Hz; None where the document states none, or a number that means so."""
    stated = document.get("sample_rate")
    return float(stated) if stated is not None and stated > 0 else None
