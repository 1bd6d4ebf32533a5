"""
The state dictionary of Proteus and NeuralPi: read as it was trained, and not written, because Proteus plays another.

``{"model_data": {"input_size", "hidden_size", "skip", ...}, "state_dict": {"rec.weight_ih_l0", ...}}``, in torch's
order. Both players add the input to what the LSTM makes of it, and Proteus amplifies it before; ``skip`` says whether
the training did so, too. Sources: ``src/RTNeuralLSTM.cpp`` and ``src/PluginProcessor.cpp`` of GuitarML/Proteus,
``Source/RTNeuralLSTM.cpp`` of GuitarML/NeuralPi.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nam_kernel.errors import ModelFileError, UserError
from nam_kernel.interfaces import BaseNet, Metadata
from nam_plugin_rtneural.model import MOST_INPUTS, MOST_UNITS, Model, array_of

REASON = (
    "Proteus and NeuralPi add the input to what the LSTM makes of it, and Proteus amplifies it before, so that a net "
    "that was trained without it would sound different there; export rtneural for AIDA-X, or nam"
)


def refuses(net: BaseNet) -> str:
    """Return why no net can be written for these players."""
    return REASON


def export(net: BaseNet, outdir: Path, basename: str, metadata: Metadata) -> list[Path]:
    """
    Refuse.

    :raises UserError: with the reason
    """
    raise UserError(REASON)


def model_of(document: Mapping[str, Any]) -> Model:
    """
    Return the model of a document, as it was trained.

    :raises ModelFileError: when it is another net than an LSTM of one layer, or damaged
    """
    said, weights = document.get("model_data"), document.get("state_dict")
    if not isinstance(said, Mapping) or not isinstance(weights, Mapping):
        raise ModelFileError("its 'model_data' and 'state_dict' are not objects, so it is no model of GuitarML")
    kind, layers = said.get("unit_type", "LSTM"), said.get("num_layers", 1)
    if kind != "LSTM" or layers != 1 or said.get("output_size", 1) != 1:
        raise ModelFileError(
            f"it is a {kind} of {layers} layers to {said.get('output_size', 1)} channels; read is an LSTM of one layer "
            "to one"
        )
    skip = said.get("skip", 1)
    if isinstance(skip, bool) or skip not in (0, 1):
        raise ModelFileError(f"its skip is {skip!r}; known are 0, and 1 for the input added to the output")
    inputs, units = (_size(said, *of) for of in (("input_size", MOST_INPUTS), ("hidden_size", MOST_UNITS)))
    shapes: dict[str, tuple[int, ...]] = {
        "rec.weight_ih_l0": (4 * units, inputs),
        "rec.weight_hh_l0": (4 * units, units),
        "rec.bias_ih_l0": (4 * units,),
        "rec.bias_hh_l0": (4 * units,),
        "lin.weight": (1, units),
        "lin.bias": (1,),
    }
    of_input, of_hidden, one, other, head, offset = (array_of(weights.get(k), s, k) for k, s in shapes.items())
    return Model(of_input.T, of_hidden.T, one + other, head[0], float(offset[0]), skip=skip == 1)


def _size(said: Mapping[str, Any], key: str, most: int) -> int:
    size = said.get(key)
    if isinstance(size, bool) or not isinstance(size, int) or not 0 < size <= most:
        raise ModelFileError(f"its {key} is not a whole number from 1 to {most}")
    return size
