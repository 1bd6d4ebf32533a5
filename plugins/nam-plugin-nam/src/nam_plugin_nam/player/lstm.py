"""LSTM (Hochreiter and Schmidhuber, 1997): layers of cells, a linear head, and the silence before the signal."""

from __future__ import annotations

import numpy as np

from nam_plugin_nam.player.model import Config, Signal
from nam_plugin_nam.player.weights import Weights

WARM_UP, WARM_UP_UNKNOWN = 0.5, 64
"""The silence that a player runs first: seconds, or samples (one block of its renderer) if the rate is not known."""

LONGEST_WARM_UP = 96_000
"""Samples of that silence at most: half a second at 192 kHz."""

PIECE = 512
"""Samples of silence after which a state is looked at, and the rest is skipped if it has not moved."""


class Cells:
    """
    One layer of H cells.

    It takes its weights in the order matrix (4 H, D + H), bias (4 H), hidden state (H), cell state (H); the rows
    are the input gate, the forget gate, the candidate and the output gate, the columns the input and then the
    hidden state.

    :param inputs: D
    :param hidden: H
    """

    def __init__(self, weights: Weights, inputs: int, hidden: int) -> None:
        matrix, bias = weights.take(4 * hidden, inputs + hidden), weights.take(4 * hidden, 1)
        # sigmoid(v) is 0.5 + 0.5 tanh(v / 2), so that one tanh does for all four rows of gates.
        self.half = np.repeat([0.5, 0.5, 1.0, 0.5], hidden)
        self.shift = np.repeat([0.5, 0.5, 0.0, 0.5], hidden)
        self.of_input = self.half[:, None] * matrix[:, :inputs]
        self.of_hidden = self.half[:, None] * matrix[:, inputs:]
        self.bias = self.half[:, None] * bias
        self.hidden, self.cell = weights.take(hidden), weights.take(hidden)

    def __call__(self, x: Signal) -> Signal:
        """Return the hidden states (H, l) for (D, l)."""
        size, h, c = len(self.hidden), self.hidden, self.cell
        driven = np.ascontiguousarray((self.of_input @ x + self.bias).T)
        states = np.empty((len(driven), size))
        for t, drive in enumerate(driven):
            gates = self.half * np.tanh(drive + self.of_hidden @ h) + self.shift
            c = gates[size : 2 * size] * c + gates[:size] * gates[2 * size : 3 * size]
            h = gates[3 * size :] * np.tanh(c)
            states[t] = h
        self.hidden, self.cell = h, c
        return states.T


class Lstm:
    """
    Layers of cells, and a head that adds up what the last one holds.

    :param sample_rate: in Hz, or None
    :param settles: begin with the state in the file after half a second of silence, else with the state itself
    """

    def __init__(self, config: Config, weights: Weights, sample_rate: float | None, *, settles: bool = True) -> None:
        hidden = config["hidden_size"]
        self.inputs: int = config["input_size"]
        self.outputs: int = config.get("out_channels", 1)
        widths = [self.inputs, *[hidden] * (config["num_layers"] - 1)]
        self.layers = [Cells(weights, width, hidden) for width in widths]
        self.head = weights.take(self.outputs, hidden)
        self.bias = weights.take(self.outputs, 1)
        known = round(WARM_UP * sample_rate) if sample_rate else WARM_UP_UNKNOWN
        self.silence = min(known, LONGEST_WARM_UP) if settles else 0
        self._has_begun = False

    def __call__(self, x: Signal) -> Signal:
        """Return (outputs, l) for (inputs, l)."""
        if self._has_begun:
            return self._run(x)
        self._has_begun = True
        self._settle(x[:, :1])
        last = self.head @ self.layers[-1].hidden[:, None] + self.bias
        return np.concatenate((last, self._run(x[:, 1:])), axis=1)

    def _settle(self, silence: Signal) -> None:
        for start in range(0, self.silence, PIECE):
            before = self._state()
            self._run(np.repeat(silence, min(PIECE, self.silence - start), axis=1))
            if np.array_equal(before, self._state()):
                return

    def _run(self, x: Signal) -> Signal:
        for layer in self.layers:
            x = layer(x)
        return self.head @ x + self.bias

    def _state(self) -> Signal:
        return np.concatenate([part for layer in self.layers for part in (layer.hidden, layer.cell)])
