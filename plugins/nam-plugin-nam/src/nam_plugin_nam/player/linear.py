"""Linear: one impulse response."""

from __future__ import annotations

import numpy as np

from nam_plugin_nam.player.model import Config, Signal, require
from nam_plugin_nam.player.weights import Weights


class Linear:
    """``y[t] = bias + sum_k response[k] x[t - k]``: the first weight multiplies the newest sample."""

    inputs = 1
    outputs = 1

    def __init__(self, config: Config, weights: Weights) -> None:
        length = config["receptive_field"]
        require(length > 0, f"receptive_field is {length}; it is at least 1")
        self.response = weights.take(length)
        self.bias = weights.take(1) if config["bias"] else np.zeros(1)
        self._history: Signal | None = None

    def __call__(self, x: Signal) -> Signal:
        """Return (1, l) for (1, l)."""
        past = len(self.response) - 1
        if self._history is None:
            self._history = np.repeat(x[:, :1], past, axis=1)
        heard = np.concatenate((self._history, x), axis=1)
        self._history = heard[:, heard.shape[1] - past :].copy()
        return np.convolve(heard[0], self.response, "valid")[None] + self.bias
