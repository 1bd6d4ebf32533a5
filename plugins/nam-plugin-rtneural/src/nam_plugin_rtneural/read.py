"""Read a JSON file to a net: an LSTM, or one with knobs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nam_kernel.errors import ModelFileError
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import LOWEST_VERSION, net_of
from nam_plugin_rtneural import content
from nam_plugin_rtneural.knobs import KEY, conditions_in, told, unfold
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
    if model.skip:
        raise ModelFileError(
            "its in_skip is 1: hosts add the input to what the LSTM makes of it, and no net here does so; train one "
            "with the recordings it was made of"
        )
    conditions = conditions_in(model.metadata, model.inputs - 1)
    with np.errstate(over="ignore", invalid="ignore"):
        kernel, bias = unfold(model.kernel, model.bias, conditions)
    kernel[0] *= factor(model.in_gain)
    loud = factor(model.out_gain)
    hidden, cell = settled(model, conditions)
    joined: list[Array] = [
        np.concatenate((kernel, model.recurrent)).T.ravel(),
        bias,
        hidden,
        cell,
        loud * model.head,
        np.array([loud * model.offset]),
    ]
    weights = np.concatenate(joined)
    if not (np.abs(weights) <= LARGEST_FLOAT32).all():
        raise ModelFileError("its gains make numbers that no player can use")
    named = all(condition.name for condition in conditions)
    net = net_of(
        {
            "version": LOWEST_VERSION,
            "architecture": "CatLSTM" if conditions else "LSTM",
            "config": {
                "input_size": model.inputs,
                "hidden_size": model.units,
                "num_layers": 1,
                **({"conditions": told(conditions)} if conditions and named else {}),
            },
            "weights": weights.astype(np.float32).tolist(),
            "sample_rate": model.sample_rate,
        }
    )
    net.metadata = {key: value for key, value in model.metadata.items() if key != KEY}
    return net
