"""
The order of an LSTM's weights in a model file.

Layer by layer, H hidden units, D inputs: the matrix (4 H, D + H), row by row, which multiplies the input
and the previous hidden state joined; the bias (4 H); the hidden state (H) and the cell state (H) from which
the player starts. Then the head: its weights (H) and its bias. The gates are in the order input, forget,
cell, output.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn


def sizes(core: nn.LSTM) -> list[int]:
    """Return how many numbers each part has."""
    hidden = core.hidden_size
    layers = [(4 * hidden * (width + hidden), 4 * hidden, hidden, hidden) for width in _widths(core)]
    return [size for layer in layers for size in layer] + [hidden, 1]


def pack(core: nn.LSTM, head: nn.Linear, hidden: Tensor, cell: Tensor) -> Tensor:
    """
    Return everything in one array.

    :param hidden: (layers, H), the state from which the player starts
    :param cell: (layers, H)
    """
    parts: list[Tensor] = []
    for layer in range(core.num_layers):
        bias = sum(_biases(core, layer), torch.zeros(4 * core.hidden_size, device=hidden.device))
        parts += [torch.cat(_matrices(core, layer), dim=1), bias, hidden[layer], cell[layer]]
    parts += [head.weight, head.bias]
    return torch.cat([part.detach().reshape(-1).to("cpu", torch.float32) for part in parts])


def unpack(weights: Tensor, core: nn.LSTM, head: nn.Linear, hidden: Tensor, cell: Tensor) -> None:
    """Set everything from one array, in place; arguments as in ``pack``."""
    parts = iter(torch.split(weights, sizes(core)))
    with torch.no_grad():
        for layer in range(core.num_layers):
            _set_matrices(_matrices(core, layer), next(parts))
            _set_biases(_biases(core, layer), next(parts))
            hidden[layer] = next(parts)
            cell[layer] = next(parts)
        head.weight.copy_(next(parts)[None])
        head.bias.copy_(next(parts))


def _widths(core: nn.LSTM) -> Iterator[int]:
    for layer in range(core.num_layers):
        yield core.hidden_size if layer else core.input_size


def _matrices(core: nn.LSTM, layer: int) -> tuple[Tensor, Tensor]:
    return getattr(core, f"weight_ih_l{layer}"), getattr(core, f"weight_hh_l{layer}")


def _biases(core: nn.LSTM, layer: int) -> tuple[Tensor, ...]:
    """Return the two biases, which torch adds up and a file holds as one; none where the net has none."""
    return (getattr(core, f"bias_ih_l{layer}"), getattr(core, f"bias_hh_l{layer}")) if core.bias else ()


def _set_matrices(matrices: tuple[Tensor, Tensor], given: Tensor) -> None:
    of_input, of_hidden = matrices
    joined = given.view(len(of_input), -1)
    of_input.copy_(joined[:, : of_input.shape[1]])
    of_hidden.copy_(joined[:, of_input.shape[1] :])


def _set_biases(biases: tuple[Tensor, ...], given: Tensor) -> None:
    if biases:
        biases[0].copy_(given)
        biases[1].zero_()
    elif given.any():
        raise ValueError("the weights hold biases, but this net was made with bias = false; leave bias out")
