"""A causal convolution that remembers as much of its input as its oldest tap reaches back."""

from __future__ import annotations

import numpy as np

from nam_plugin_nam.player.model import Signal, require
from nam_plugin_nam.player.weights import Weights


class Convolution:
    """
    ``y[t] = bias + sum_k taps[k] x[t - (kernel - 1 - k) dilation]``; the last tap multiplies the newest sample.

    It takes its weights in the order (outputs, inputs of a group, kernel), then the bias (outputs).

    :param inputs: channels that it takes, C
    :param outputs: channels that it returns, O
    :param kernel: the number of taps
    :param dilation: samples between two taps
    :param groups: an output channel of one group hears the input channels of the same group alone
    :raises ValueError: when the groups do not divide the channels
    """

    def __init__(
        self,
        weights: Weights,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        *,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        require(
            min(inputs, outputs, kernel, dilation, groups) >= 1,
            "channels, kernel sizes, dilations and groups are whole numbers from 1 on",
        )
        require(
            inputs % groups == 0 and outputs % groups == 0,
            f"{groups} groups do not divide a convolution of {inputs} to {outputs} channels",
        )
        self.inputs, self.outputs, self.dilation = inputs, outputs, dilation
        self.reach = (kernel - 1) * dilation
        self.taps = _block_diagonal(weights.take(outputs, inputs // groups, kernel), groups)
        self.bias = weights.take(outputs, 1) if bias else np.zeros((outputs, 1))
        self._history: Signal | None = None

    def __call__(self, x: Signal) -> Signal:
        """Return (O, l) for the next samples, (C, l); before the first sample there was nothing but its like."""
        heard = self._heard(x)
        length = x.shape[1]
        y: Signal = self.taps[0] @ heard[:, :length]
        for k in range(1, len(self.taps)):
            start = k * self.dilation
            y += self.taps[k] @ heard[:, start : start + length]
        y += self.bias
        return y

    def _heard(self, x: Signal) -> Signal:
        """Return what the taps reach of the past and then ``x``, (C, reach + l)."""
        if not self.reach:
            return x
        if self._history is None:
            self._history = np.repeat(x[:, :1], self.reach, axis=1)
        heard = np.concatenate((self._history, x), axis=1)
        self._history = heard[:, -self.reach :].copy()
        return heard


def _block_diagonal(weights: Signal, groups: int) -> Signal:
    """Return a matrix for each tap, (kernel, O, C), from (O, C / groups, kernel)."""
    outputs, narrow, kernel = weights.shape
    matrices = np.zeros((kernel, outputs, narrow * groups))
    high = outputs // groups
    for g in range(groups):
        rows, columns = slice(g * high, (g + 1) * high), slice(g * narrow, (g + 1) * narrow)
        matrices[:, rows, columns] = weights[rows].transpose(2, 0, 1)
    return matrices
