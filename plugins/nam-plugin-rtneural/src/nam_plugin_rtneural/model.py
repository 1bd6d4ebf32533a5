"""
An LSTM of one layer and a dense layer, as RTNeural hosts play them, and the JSON that they read.

``{"in_shape": [null, null, D], "in_skip", "in_gain", "out_gain", "layers": [lstm, dense], "metadata"}``: D is the audio
and its knobs. The lstm has the weights W (D, 4 H), U (H, 4 H) and b (4 H), as Keras has them: columns of gates in the
order input, forget, candidate, output, one bias. The dense layer has (H, 1) and (1). The gains are in dB. Of a
sample x the host makes ``x * in_gain``, hears that, adds it where ``in_skip`` is 1, and multiplies by ``out_gain``.

Sources, all of them public: ``RTNeural/model_loader.h`` and ``RTNeural/lstm/lstm.tpp`` of jatinchowdhury18/RTNeural
(shapes, gates); ``src/aidadsp-plugin.cpp`` and ``src/model_variant.hpp`` of AidaDSP/AIDA-X at 41eb988, and
``rt-neural-generic/src/rt-neural-generic.cpp`` of AidaDSP/aidadsp-lv2 at 5c4a4c4 (skip, gains, sample rate, sizes,
knobs, zeros and 2048 samples of silence before the audio). Keras: Chollet and others, ``keras.layers.LSTM``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from nam_kernel.errors import ModelFileError

Array = npt.NDArray[np.float64]

DEFAULT_RATE = 48000.0
"""In Hz; what a host assumes of a file that does not tell."""

MOST_UNITS, MOST_INPUTS = 1024, 1024
"""No computer plays a larger one in real time, so a file with more is a mistake, or damaged."""

LARGEST_FLOAT32 = float(np.finfo(np.float32).max)
SILENT = -90.0
"""A gain in dB from which on, downwards, a host hears nothing."""


@dataclass(frozen=True)
class Model:
    """
    What a file holds.

    :param kernel: W, (D, 4 H)
    :param recurrent: U, (H, 4 H)
    :param bias: b, (4 H,)
    :param head: (H,)
    :param offset: the bias of the dense layer
    :param in_gain: in dB
    :param out_gain: in dB
    :param skip: whether the input is added to the output
    :param sample_rate: in Hz, or None where it is not known
    """

    kernel: Array
    recurrent: Array
    bias: Array
    head: Array
    offset: float
    in_gain: float = 0.0
    out_gain: float = 0.0
    skip: bool = False
    sample_rate: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def inputs(self) -> int:
        """The audio and its knobs, D."""
        return len(self.kernel)

    @property
    def units(self) -> int:
        """Hidden units, H."""
        return len(self.recurrent)


def document_of_model(model: Model) -> dict[str, Any]:
    """Return what a file of the model holds, of JSON types."""
    units = model.units
    lstm = {
        "type": "lstm",
        "activation": "",
        "shape": [None, None, units],
        "weights": [model.kernel.tolist(), model.recurrent.tolist(), model.bias.tolist()],
    }
    dense = {
        "type": "dense",
        "activation": "",
        "shape": [None, None, 1],
        "weights": [model.head[:, None].tolist(), [model.offset]],
    }
    rate = model.sample_rate
    known = rate is not None
    # aidadsp-lv2 takes a number only, and published files have a text in their metadata.
    return {
        "in_shape": [None, None, model.inputs],
        "in_skip": int(model.skip),
        "in_gain": model.in_gain,
        "out_gain": model.out_gain,
        **({"samplerate": rate} if known else {}),
        "metadata": {**model.metadata, **({"samplerate": f"{rate:.12g}"} if known else {})},
        "layers": [lstm, dense],
    }


def model_of(document: Mapping[str, Any]) -> Model:
    """
    Return the model in a document.

    :raises ModelFileError: with what is wrong with it, or what it has that is not played here
    """
    lstm, dense = _layers(document.get("layers"))
    inputs = _last(document.get("in_shape"), "in_shape", MOST_INPUTS)
    units = _last(lstm.get("shape"), "the shape of its lstm", MOST_UNITS)
    kernel, recurrent, bias = _weights(lstm, "lstm", ((inputs, 4 * units), (units, 4 * units), (4 * units,)))
    head, offset = _weights(dense, "dense layer", ((units, 1), (1,)))
    skip = _number(document.get("in_skip"), "in_skip", 0)
    if skip not in (0, 1):
        raise ModelFileError(f"its in_skip is {skip:g}; hosts know 0 and 1")
    said = document.get("metadata") or {}
    if not isinstance(said, Mapping):
        raise ModelFileError("its metadata is not an object")
    return Model(
        kernel,
        recurrent,
        bias,
        head[:, 0],
        float(offset[0]),
        in_gain=_number(document.get("in_gain"), "in_gain", 0.0),
        out_gain=_number(document.get("out_gain"), "out_gain", 0.0),
        skip=bool(skip),
        sample_rate=_rate(said.get("samplerate", document.get("samplerate"))),
        metadata={key: value for key, value in said.items() if key != "samplerate"},
    )


def factor(gain: float) -> float:
    """Return the factor of a gain in dB, as hosts compute it."""
    return 10.0 ** (gain / 20.0) if gain > SILENT else 0.0


def array_of(given: Any, shape: tuple[int, ...], name: str) -> Array:
    """
    Return numbers of a shape.

    :raises ModelFileError: when they have another, or are no numbers that float32 holds
    """
    try:
        array: Array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ModelFileError(f"{name} is not a list of numbers, so the file is damaged") from None
    if array.shape != shape:
        raise ModelFileError(f"{name} is of shape {array.shape}, and belongs to be {shape}")
    if not (np.abs(array) <= LARGEST_FLOAT32).all():
        raise ModelFileError(f"{name} holds what is no number that a player can use")
    return array


def _layers(layers: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    if not isinstance(layers, list) or not layers or not all(isinstance(layer, Mapping) for layer in layers):
        raise ModelFileError("its 'layers' is not a list of layers, so it is damaged, or not a model file")
    kinds = [str(layer.get("type")) for layer in layers]
    if len(kinds) != 2 or kinds[0] != "lstm" or kinds[1] not in ("dense", "time-distributed-dense"):
        told = ", ".join(kinds[:8]) + (", ..." if len(kinds) > 8 else "")
        raise ModelFileError(
            f"its layers are {told}; read is one lstm with a dense layer behind it, and no net here is exactly "
            "another one (a gru or a conv1d, say)"
        )
    for layer, usual in zip(layers, (("", "tanh"), ("", "linear")), strict=True):
        activation = layer.get("activation") or ""
        if activation not in usual:
            raise ModelFileError(f"its {layer['type']} has the activation {activation!r}, which no net here has there")
    return layers[0], layers[1]


def _weights(layer: Mapping[str, Any], name: str, shapes: tuple[tuple[int, ...], ...]) -> list[Array]:
    weights = layer.get("weights")
    if not isinstance(weights, list) or len(weights) != len(shapes):
        raise ModelFileError(f"the weights of its {name} are not {len(shapes)} lists of numbers")
    return [
        array_of(given, shape, f"weights[{i}] of its {name}")
        for i, (given, shape) in enumerate(zip(weights, shapes, strict=True))
    ]


def _last(shape: Any, name: str, most: int) -> int:
    size = shape[-1] if isinstance(shape, list) and shape else None
    if isinstance(size, bool) or not isinstance(size, int) or not 0 < size <= most:
        raise ModelFileError(f"{name} does not end with a whole number from 1 to {most}, so the file is damaged")
    return size


def _number(given: Any, name: str, default: float) -> float:
    if given is None:
        return default
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not abs(given) <= 1000:
        raise ModelFileError(f"its {name} is not a number that can be used")
    return float(given)


def _rate(given: Any) -> float | None:
    """Return a sample rate in Hz, which files have as a number or as text."""
    if given is None:
        return DEFAULT_RATE
    try:
        rate = float(given)
    except (TypeError, ValueError, OverflowError):
        rate = math.nan
    if not 0 < rate <= 1e6:
        raise ModelFileError("its samplerate is not a number in Hz")
    return rate
