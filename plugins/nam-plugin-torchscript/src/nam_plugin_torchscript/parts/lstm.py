"""LSTM (Hochreiter and Schmidhuber, 1997): layers of cells, a linear head, and the silence before the signal."""

from typing import Any

import torch
from torch import Tensor, nn

from nam_plugin_torchscript.parts.memory import Slots
from nam_plugin_torchscript.parts.weights import Weights

WARM_UP, WARM_UP_UNKNOWN = 0.5, 64
"""The silence that a player runs first: seconds, or samples where the rate is not known."""

LONGEST_WARM_UP = 96_000
"""Samples of that silence at most."""


class Lstm(nn.Module):
    """
    Layers of cells, and a head that adds up what the last one holds.

    Layer by layer it takes the matrix (4 H, D + H), the bias (4 H), the hidden and the cell state (H); then the head.

    :param sample_rate: in Hz, or None
    :param settles: begin with the state in the document after half a second of silence, else with the state itself
    """

    hidden: Tensor
    cell: Tensor
    head: Tensor
    bias: Tensor

    def __init__(
        self, config: Any, weights: Weights, slots: Slots, sample_rate: float | None, *, settles: bool = True
    ) -> None:
        super().__init__()
        size, count = config["hidden_size"], config["num_layers"]
        self.inputs: int = config["input_size"]
        self.outputs = 1
        self.core = nn.LSTM(self.inputs, size, count, batch_first=True).requires_grad_(False)
        hidden, cell = [], []
        for i in range(count):
            width = size if i else self.inputs
            matrix = weights.take(4 * size, width + size)
            getattr(self.core, f"weight_ih_l{i}").copy_(matrix[:, :width])
            getattr(self.core, f"weight_hh_l{i}").copy_(matrix[:, width:])
            getattr(self.core, f"bias_ih_l{i}").copy_(weights.take(4 * size))
            getattr(self.core, f"bias_hh_l{i}").zero_()
            hidden.append(weights.take(size))
            cell.append(weights.take(size))
        self.register_buffer("hidden", torch.stack(hidden))
        self.register_buffer("cell", torch.stack(cell))
        self.register_buffer("head", weights.take(1, size))
        self.register_buffer("bias", weights.take(1, 1))
        known = round(WARM_UP * sample_rate) if sample_rate else WARM_UP_UNKNOWN
        self.silence = min(known, LONGEST_WARM_UP) if settles else 0
        self.hidden_slot, self.cell_slot = slots.take(), slots.take()

    def forward(self, x: Tensor, memory: list[Tensor]) -> Tensor:
        """Return (B, 1, l) for (B, D, l)."""
        if memory[self.hidden_slot].size(0) == 0:
            self.settle(x[:, :, :1], memory)
            return self.played(memory[self.hidden_slot][:, -1:])
        return self.played(self.run(x.transpose(1, 2), memory))

    def settle(self, silence: Tensor, memory: list[Tensor]) -> None:
        """Begin, and hear the silence that a player hears first, or until the state does not move any more."""
        batch = silence.size(0)
        memory[self.hidden_slot] = self.hidden.expand(batch, -1, -1)
        memory[self.cell_slot] = self.cell.expand(batch, -1, -1)
        left = self.silence
        while left > 0:
            before = memory[self.cell_slot]
            count = min(left, 512)
            self.run(silence.expand(-1, -1, count).transpose(1, 2), memory)
            left = 0 if torch.equal(before, memory[self.cell_slot]) else left - count

    def run(self, features: Tensor, memory: list[Tensor]) -> Tensor:
        """Return the hidden states of the last layer, (B, l, H), for (B, l, D)."""
        state = (
            memory[self.hidden_slot].transpose(0, 1).contiguous(),
            memory[self.cell_slot].transpose(0, 1).contiguous(),
        )
        played, (h, c) = self.core(features, state)
        memory[self.hidden_slot] = h.transpose(0, 1)
        memory[self.cell_slot] = c.transpose(0, 1)
        hidden: Tensor = played
        return hidden

    def played(self, hidden: Tensor) -> Tensor:
        """Return the head's output, (B, 1, l), for (B, l, H)."""
        return torch.matmul(self.head, hidden.transpose(1, 2)) + self.bias
