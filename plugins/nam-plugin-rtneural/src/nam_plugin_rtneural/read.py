"""Read a JSON file to a net: an LSTM, one with knobs, or one with the input added."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nam_kernel import Condition, Net, plugins
from nam_kernel.errors import ModelFileError
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import LOWEST_VERSION, net_of
from nam_plugin_rtneural import adding, content
from nam_plugin_rtneural.knobs import (
    ARCHITECTURE,
    ENCODED,
    KEY,
    conditions_in,
    heard,
    params_of,
    problem_of,
    told,
    unfold,
)
from nam_plugin_rtneural.model import LARGEST_FLOAT32, Array, Model, factor
from nam_plugin_rtneural.runner import settled


def read(path: Path) -> BaseNet:
    """
    Return the net of a file, in eval mode, at the sample rate that a host plays it at.

    The gains are in its weights. It begins where silence leads from the zeros in which a host begins, the knobs at
    their defaults.

    :raises ModelFileError: naming the file and what is wrong with it, or what it has that no net here has
    """
    model = content.read(path)
    try:
        return net_of_model(model)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from error


def net_of_model(model: Model) -> BaseNet:
    """
    Return the net that a model is.

    :raises ModelFileError: when no net here is exactly that
    """
    conditions = conditions_in(model.metadata, model.inputs - 1)
    if model.skip and conditions:
        raise ModelFileError(
            "its in_skip is 1 and it has knobs: hosts add the input to what the LSTM makes of it, and no net with "
            "knobs here does so; train one with the recordings it was made of"
        )
    architecture = _architecture(model, conditions)
    with np.errstate(over="ignore", invalid="ignore"):
        kernel, bias = unfold(model.kernel, model.bias, heard(architecture, conditions))
    loud, out = factor(model.in_gain), factor(model.out_gain)
    kernel[0] *= loud
    hidden, cell = settled(model, conditions)
    # Where the input is added, the gain of both is in what adds them.
    scale = 1.0 if model.skip else out
    joined: list[Array] = [
        np.concatenate((kernel, model.recurrent)).T.ravel(),
        bias,
        hidden,
        cell,
        scale * model.head,
        np.array([scale * model.offset]),
    ]
    weights = np.concatenate(joined)
    if not (np.abs(np.append(weights, (loud, out))) <= LARGEST_FLOAT32).all():
        raise ModelFileError("its gains make numbers that no player can use")
    document = {
        "version": LOWEST_VERSION,
        "architecture": architecture,
        "config": _config(model, architecture, conditions),
        "weights": weights.astype(np.float32).tolist(),
        "sample_rate": model.sample_rate,
    }
    net = net_of(adding.document_of(document, loud, out) if model.skip else document)
    net.metadata = {key: value for key, value in model.metadata.items() if key not in (KEY, ARCHITECTURE)}
    return net


def _architecture(model: Model, conditions: Sequence[Condition]) -> str:
    """Return which net a model is; where nobody here reads what it was, one that sounds the same."""
    if not conditions:
        return "LSTM"
    said = model.metadata.get(ARCHITECTURE)
    fits = all(condition.name for condition in conditions) and problem_of(ENCODED, conditions) is None
    if said == ENCODED and fits and _is_read(ENCODED):
        return ENCODED
    return "LSTM" if said == "LSTM" else "CatLSTM"


def _config(model: Model, architecture: str, conditions: Sequence[Condition]) -> dict[str, Any]:
    sizes = {"hidden_size": model.units, "num_layers": 1}
    if architecture == ENCODED:
        return {**sizes, "params": params_of(conditions)}
    named = bool(conditions) and all(condition.name for condition in conditions)
    return {
        "input_size": model.inputs,
        **sizes,
        **({"conditions": told(conditions)} if named else {}),
        **({"in_channels": model.inputs} if architecture == "LSTM" and conditions else {}),
    }


def _is_read(architecture: str) -> bool:
    """Return whether an installed plugin reads an architecture."""
    offered = (record for listed in plugins.current().offers("net").values() for _, record in listed)
    return any(isinstance(record, Net) and architecture in record.architectures for record in offered)
