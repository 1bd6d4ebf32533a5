"""LSTMs with random weights, and the formula of Keras with which to play what was written."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

import nam_kernel
from nam_kernel import BaseNet

Array = npt.NDArray[np.float64]


def lstm(units: int, *conditions: Any, seed: int = 0, **more: Any) -> BaseNet:
    """Return an LSTM with random weights in both biases, settled on silence at the defaults."""
    named = {"conditions": list(conditions)} if conditions else {}
    # Some of them take seconds to settle; these do not.
    torch.manual_seed(2 + seed)
    net = nam_kernel.make_net("CatLSTM" if conditions else "LSTM", {"hidden_size": units, **named, **more})
    dice = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.3 / units**0.5 * torch.randn(parameter.shape, generator=dice))
    net.sample_rate = 48000.0
    return settle(net.eval())


@torch.no_grad()
def settle(net: Any) -> BaseNet:
    """Begin where 8000 samples of silence lead to, in double precision."""
    silence = torch.tensor([0.0, *net.settings()], dtype=torch.float64).repeat(1, 8000, 1)
    state = (net.initial_hidden[:, None].double(), net.initial_cell[:, None].double())
    _, (hidden, cell) = copy.deepcopy(net.core).double()(silence, state)
    net.initial_hidden.copy_(hidden[:, 0])
    net.initial_cell.copy_(cell[:, 0])
    made: BaseNet = net
    return made


def noise(length: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).uniform(-0.7, 0.7, length)


def played(net: BaseNet, x: Array, *settings: float) -> Array:
    """Return the output of torch."""
    with torch.no_grad():
        output: Array = net.render(torch.from_numpy(x).float(), *(settings or net.settings())).double().numpy()
    return output


def keras(document: Mapping[str, Any], x: Array, *knobs: float, silence: int = 6000) -> Array:
    """
    Return what Keras makes of a file, after silence that follows zeros.

    Gate by gate, as ``keras.layers.LSTM`` describes it: the columns of the kernels are i, f, c, o.
    """

    def sigmoid(v: Array) -> Array:
        return 1.0 / (1.0 + np.exp(-v))

    lstm, dense = document["layers"]
    kernel, recurrent, bias = (np.array(w) for w in lstm["weights"])
    units = lstm["shape"][-1]
    gates = {name: slice(n * units, (n + 1) * units) for n, name in enumerate("ifco")}
    h, c = np.zeros(units), np.zeros(units)
    outputs = []
    for sample in np.concatenate((np.zeros(silence), x)):
        heard = np.array([sample, *knobs])
        v = {name: heard @ kernel[:, g] + h @ recurrent[:, g] + bias[g] for name, g in gates.items()}
        c = sigmoid(v["f"]) * c + sigmoid(v["i"]) * np.tanh(v["c"])
        h = sigmoid(v["o"]) * np.tanh(c)
        outputs.append(float(h @ np.array(dense["weights"][0])[:, 0] + dense["weights"][1][0]))
    return np.array(outputs[silence:])
