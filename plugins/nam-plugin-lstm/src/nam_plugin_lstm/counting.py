"""How many weights an LSTM has, counted before anything is built."""

from __future__ import annotations

MOST_WEIGHTS = 10_000_000
"""No computer plays a larger net in real time, so one is a mistake or a damaged file."""


def weight_count(hidden_size: int, num_layers: int, input_size: int) -> int:
    """
    Return the numbers in a model file: of each layer the matrix, the biases and the state, and the head.

    ``layout`` has their order.
    """
    first = _layer(input_size, hidden_size)
    return first + (num_layers - 1) * _layer(hidden_size, hidden_size) + hidden_size + 1


def refuse_large(hidden_size: int, num_layers: int, input_size: int) -> None:
    """
    Refuse a net that nobody could build or play.

    :raises ValueError: with its number of weights
    """
    count = weight_count(hidden_size, num_layers, input_size)
    if count > MOST_WEIGHTS:
        raise ValueError(
            f"hidden_size {hidden_size} and num_layers {num_layers} make {count:,} weights, far more than can be "
            f"played, at most {MOST_WEIGHTS:,}; lower them"
        )


def _layer(inputs: int, hidden: int) -> int:
    return 4 * hidden * (inputs + hidden + 1) + 2 * hidden
