"""The state of an LSTM: how it begins, settles on silence, and goes on from block to block."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

State = tuple[Tensor, Tensor]
"""Hidden and cell state, each (layers, B, H)."""

Run = Callable[[Tensor, State], tuple[Tensor, State]]
"""From features, (B, L, D), and a state to whatever they make and the state after it."""

SETTLING_BLOCK = 4096
"""Samples of silence after which the state is compared with the one before."""


WARM_UP, WARM_UP_UNKNOWN = 0.5, 64
"""The silence that a player runs before the first sample: seconds, or samples if a file has no sample rate."""

LONGEST_WARM_UP = 96_000
"""Samples of that silence at most: half a second at 192 kHz."""


class RecurrentStream:
    """
    An LSTM in the middle of a signal.

    :param features: from the audio (1, l) and its conditions to the input of the core, (1, l, D)
    :param run: from features and a state to the output (1, l) and the state after it
    :param begin: from the features of the first sample, (1, 1, D), to the state in which the signal begins
    """

    def __init__(
        self, features: Callable[[Tensor, tuple[Tensor, ...]], Tensor], run: Run, begin: Callable[[Tensor], State]
    ) -> None:
        self._features = features
        self._run = run
        self._begin = begin
        self._state: State | None = None

    @torch.no_grad()
    def feed(self, x: Tensor, *conditions: Tensor | float) -> Tensor:
        """Return the output that belongs to the next samples, as ``nam_kernel.interfaces.Stream.feed`` does."""
        if not len(x):
            return x
        given = [torch.as_tensor(condition, dtype=x.dtype, device=x.device) for condition in conditions]
        batched = tuple(condition[None] if condition.ndim else condition for condition in given)
        heard = self._features(x[None], batched)
        y, self._state = self._run(heard, self._begin(heard[:, :1]) if self._state is None else self._state)
        return y[0]


def begin_with_long_memory(core: nn.LSTM) -> None:
    """
    Open the forget gates and close the input gates, so that at first the cells keep what they hold.

    Jozefowicz, Zaremba and Sutskever (2015) explain the first half; closing the input gates
    as far keeps the cells from growing.
    """
    if core.bias:
        with torch.no_grad():
            for layer in range(core.num_layers):
                gates = getattr(core, f"bias_ih_l{layer}").view(4, core.hidden_size)
                gates[0] -= 4.0
                gates[1] += 4.0


def warm_up_samples(sample_rate: float | None) -> int:
    """Return the silence that a player runs before the first sample, in samples."""
    return round(min(WARM_UP * sample_rate, LONGEST_WARM_UP)) if sample_rate else WARM_UP_UNKNOWN


@torch.no_grad()
def after_silence(run: Run, state: State, samples: int, heard: Tensor) -> State:
    """
    Return the state after so much silence, or as soon as it stays as it is.

    :param run: without dropout
    :param state: each part (layers, B, H)
    :param heard: (B, 1, D), the features of silence
    """
    silence = heard.expand(-1, SETTLING_BLOCK, -1)
    for start in range(0, samples, SETTLING_BLOCK):
        before, (_, state) = state, run(silence[:, : samples - start], state)
        if samples - start >= SETTLING_BLOCK and are_equal(before, state):
            state = before
            break
    return state


def are_equal(before: State, after: State) -> bool:
    """Return whether two states are equal, to the precision that float32 has for numbers of their size."""
    return all(
        bool((a - b).abs().max() <= 1e-7 * max(1.0, float(a.abs().max()))) for a, b in zip(after, before, strict=True)
    )
