"""Write an LSTM as the JSON of RTNeural hosts."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nam_kernel.errors import TrainingError, UserError
from nam_kernel.files import atomic_write_text
from nam_kernel.interfaces import BaseNet, Metadata
from nam_plugin_rtneural.adding import adding_of
from nam_plugin_rtneural.knobs import ARCHITECTURE, KEY, fold, heard, told
from nam_plugin_rtneural.limits import played, refuses
from nam_plugin_rtneural.model import Array, Model, document_of_model


def export(net: BaseNet, outdir: Path, basename: str, metadata: Metadata) -> list[Path]:
    """
    Write ``basename.json``, all of it or nothing.

    The learned initial state has no place in it: hosts begin with zeros, and play silence before the audio.

    :param metadata: what the user and the run say of the model; when empty, a net that was read from a file keeps
        what that file said
    :raises UserError: when hosts cannot play the net, or the metadata is not of JSON types
    :raises TrainingError: when the net holds numbers that no player can use
    """
    reason = refuses(net)
    if reason:
        raise UserError(reason)
    net = played(net)
    document = document_of_model(model_of_net(net, metadata or net.metadata))
    try:
        text = json.dumps(document, allow_nan=False)
    except (RecursionError, TypeError, ValueError) as error:
        raise UserError(
            f"the metadata cannot be written: {error}; give text, numbers, lists and dictionaries"
        ) from error
    path = outdir / f"{basename}.json"
    atomic_write_text(path, text)
    return [path]


def model_of_net(net: BaseNet, metadata: Metadata) -> Model:
    """
    Return what a file says of a net that is not refused.

    A net describes its weights in the order of a ``.nam`` file: the rows of its gates (4 H, D + H) and their bias, the
    state to begin with (2 H), the head. The gates are in the order of Keras, the biases added up.

    :raises TrainingError: when they are not numbers
    """
    adding = adding_of(net)
    conditions = net.conditions or ()
    config = net.export_config() if adding is None else adding.lstm["config"]
    units, inputs = config["hidden_size"], 1 + len(conditions)
    given = net.export_weights() if adding is None else adding.lstm["weights"]
    weights: Array = np.asarray(given, dtype=np.float64)
    if not np.isfinite(weights).all():
        raise TrainingError("the net cannot be written: it holds numbers that no player can use; its training diverged")
    sizes = (4 * units * (inputs + units), 4 * units, 2 * units, units, 1)
    if len(weights) != sum(sizes):
        raise UserError(f"this {net.architecture} has {len(weights)} weights, and one of its size has {sum(sizes)}")
    matrix, bias, _, head, offset = np.split(weights, np.cumsum(sizes)[:-1])
    columns = matrix.reshape(4 * units, inputs + units).T
    kernel, shifted = fold(columns[:inputs], bias, heard(net.architecture, conditions))
    knobs = {KEY: told(conditions), ARCHITECTURE: net.architecture} if conditions else {}
    model = Model(
        kernel,
        columns[inputs:],
        shifted,
        head,
        float(offset[0]),
        sample_rate=net.sample_rate,
        metadata={**facts_of(metadata), **knobs},
    )
    if adding is None:
        return model
    return replace(
        model,
        head=adding.ratio * head,
        offset=adding.ratio * model.offset + adding.offset,
        out_gain=20.0 * math.log10(adding.factor),
        skip=True,
    )


def facts_of(metadata: Metadata) -> dict[str, Any]:
    """Return metadata as published files have it: ``name``, ``esr`` where it is known, and what else was said."""
    training = metadata.get("training")
    esr = training.get("validation_esr") if isinstance(training, Mapping) else None
    said = {key: value for key, value in metadata.items() if key not in (KEY, ARCHITECTURE, "samplerate")}
    facts: dict[str, Any] = _finite({**({"esr": esr} if esr is not None else {}), **said})
    return facts


def _finite(value: Any) -> Any:
    """Return a value with null in place of what JSON has no number for, such as an ESR that is infinite."""
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
