"""A recurrent net: layers of long short-term memory, and a linear head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from nam_kernel.errors import HandshakeError
from nam_kernel.interfaces import BaseNet, Weights
from nam_kernel.models import mono_config
from nam_plugin_lstm import layout
from nam_plugin_lstm.config import LSTMConfig

State = tuple[Tensor, Tensor]
"""Hidden and cell state, each (layers, B, H)."""

LONGEST = 65535
"""Samples that the core is given at once; cuDNN refuses longer sequences."""

SETTLING_BLOCK = 4096
SETTLING_BLOCKS = 24
"""How much silence, in blocks, a state gets at most to settle: two seconds at 48 kHz."""


WARM_UP, WARM_UP_UNKNOWN = 0.5, 64
"""The silence that a player runs before the first sample: seconds, or samples if a file has no sample rate."""


class LSTM(BaseNet):
    """
    An LSTM (Hochreiter and Schmidhuber 1997) whose initial state is learned too.

    :param hidden_size: hidden units of each layer, H
    :param train_burn_in: in training, the outputs of so many first samples carry no gradient: they warm the
        state up. Through the state the gradient still reaches the initial state.
    :param train_truncate: in training, the state is cut off from the gradient every so many samples after the
        burn-in, which makes the backward pass cheaper; 0: never
    :param bias: False leaves the biases of the gates out
    :param dropout: the share of a layer's outputs that the next layer misses in training
    :param input_size: features a sample, the audio included
    :param sample_rate: in Hz, or None while it is not known
    """

    FILE_KEYS: ClassVar[tuple[str, ...]] = ("input_size", "hidden_size", "num_layers")
    """What the ``config`` of a model file holds."""

    def __init__(
        self,
        hidden_size: int,
        num_layers: int = 1,
        *,
        train_burn_in: int = 0,
        train_truncate: int = 0,
        bias: bool = True,
        dropout: float = 0.0,
        input_size: int = 1,
        sample_rate: float | None = None,
    ) -> None:
        super().__init__(sample_rate)
        self.train_burn_in = train_burn_in
        self.train_truncate = train_truncate
        self.core = nn.LSTM(input_size, hidden_size, num_layers, bias=bias, dropout=dropout, batch_first=True)
        self.head = nn.Linear(hidden_size, 1)
        self.initial_hidden = nn.Parameter(torch.zeros(num_layers, hidden_size))
        self.initial_cell = nn.Parameter(torch.zeros(num_layers, hidden_size))
        self._read: tuple[State, State] | None = None
        _begin_with_long_memory(self.core)

    @property
    def receptive_field(self) -> int:
        """One sample: the rest is in the state."""
        return 1

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> LSTM:
        """Make a net from an ``LSTMConfig``."""
        return cls(**LSTMConfig.model_validate(dict(config)).arguments())

    @classmethod
    def from_exported(cls, config: Mapping[str, Any], sample_rate: float | None) -> LSTM:
        """Make a net, its weights not yet set, from the ``config`` of a model file."""
        net = cls.init_from_config(mono_config(config, cls.FILE_KEYS))
        net.sample_rate = sample_rate
        return net

    def export_config(self) -> dict[str, Any]:
        """Give the sizes; what concerns the training only is not in a model file."""
        return {
            "input_size": self.core.input_size,
            "hidden_size": self.core.hidden_size,
            "num_layers": self.core.num_layers,
        }

    def export_weights(self) -> Weights:
        """Flatten the weights as ``layout`` says, with the state that the net settles to on silence."""
        flat: Weights = layout.pack(self.core, self.head, *self._exported_state()).numpy()
        return flat

    def import_weights(self, weights: Sequence[float] | Weights) -> None:
        """
        Set the weights; the state in them becomes the initial state.

        A player runs half a second of silence before the first sample, so a state in the file that is not settled
        has gone on for so long when the audio begins, and that is where this net begins, too.
        """
        given = torch.as_tensor(weights, dtype=torch.float32)
        self.require_weight_count(len(given), sum(layout.sizes(self.core)))
        layout.unpack(given, self.core, self.head, self.initial_hidden, self.initial_cell)
        self._warm_up()

    def blocks(self, x: Tensor, *conditions: Tensor, size: int = 65536) -> Iterator[Tensor]:
        """Render a long signal block by block, the state going from one to the next."""
        features = self._features(x[None], tuple(c[None] for c in conditions))
        state = self._initial_state(1)
        for start in range(0, len(x), size):
            with torch.no_grad():
                y, state = self._run(features[:, start : start + size], state)
            yield y[0]

    def settled_state(self) -> State:
        """
        Run on silence until the state stays as it is, or for two seconds at 48 kHz.

        :return: hidden and cell state, each (layers, H)
        """
        return self._after_silence(SETTLING_BLOCKS * SETTLING_BLOCK)

    def describe(self) -> list[tuple[str, str]]:
        """Tell the size of the layers."""
        return [("layers", f"{self.core.num_layers} of {self.core.hidden_size} hidden units")]

    def multiply_adds(self) -> int:
        """Count the matrices, the three products of each cell, and the head."""
        hidden, layers = self.core.hidden_size, self.core.num_layers
        inputs = self.core.input_size + (layers - 1) * hidden
        return 4 * hidden * (inputs + layers * hidden) + 3 * hidden * layers + hidden

    def handshake(self, dataset: Any) -> None:
        """Refuse a dataset whose items end before the burn-in does."""
        super().handshake(dataset)
        ny = getattr(dataset, "ny", None)
        if ny is not None and ny <= self.train_burn_in:
            raise HandshakeError(
                f"train_burn_in is {self.train_burn_in} samples and an item has ny = {ny}, so nothing would "
                "be left to learn from; raise ny or lower train_burn_in"
            )

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        features, state = self._features(x, conditions), self._initial_state(len(x))
        if self.training and (self.train_burn_in or self.train_truncate):
            return self._run_for_training(features, state)
        return self._run(features, state)[0]

    def _features(self, x: Tensor, conditions: tuple[Tensor, ...]) -> Tensor:
        """Make the input of the core, (B, L, D)."""
        if conditions:
            raise ValueError("an LSTM takes no conditions; the net that does is named CatLSTM")
        return x[..., None]

    def _run(self, features: Tensor, state: State) -> tuple[Tensor, State]:
        """Run from a state: (B, L, D) to (B, L) and the state after it."""
        if features.shape[1] <= LONGEST:
            hidden, state = self.core(features, state)
            return self.head(hidden)[..., 0], state
        outputs = []
        for piece in torch.split(features, LONGEST, dim=1):
            y, state = self._run(piece, state)
            outputs.append(y)
        return torch.cat(outputs, dim=1), state

    def _run_for_training(self, features: Tensor, state: State) -> Tensor:
        """Run from a state, (B, L, D) to (B, L), cutting the gradient as burn-in and truncation say."""
        outputs = []
        if self.train_burn_in:
            y, state = self._run(features[:, : self.train_burn_in], state)
            outputs.append(y.detach())
        rest = features[:, self.train_burn_in :]
        step = self.train_truncate or max(rest.shape[1], 1)
        for start in range(0, rest.shape[1], step):
            if start:
                state = (state[0].detach(), state[1].detach())
            y, state = self._run(rest[:, start : start + step], state)
            outputs.append(y)
        return torch.cat(outputs, dim=1)

    def _initial_state(self, batch: int) -> State:
        """Give what the net starts from, for each item of a batch."""
        hidden, cell = (p[:, None].repeat(1, batch, 1) for p in (self.initial_hidden, self.initial_cell))
        return hidden, cell

    def _exported_state(self) -> State:
        """Give the state that a model file holds, each part (layers, H): that of the file read, if it still is."""
        if self._read is not None:
            from_file, warm = self._read
            now = (self.initial_hidden, self.initial_cell)
            if all(torch.equal(a.detach().cpu(), b) for a, b in zip(now, warm, strict=True)):
                return from_file
        return self.settled_state()

    def _warm_up(self) -> None:
        """Begin where a player begins with the state that was read."""
        now = (self.initial_hidden, self.initial_cell)
        from_file = (now[0].detach().cpu().clone(), now[1].detach().cpu().clone())
        warm = self._after_silence(round(WARM_UP * self.sample_rate) if self.sample_rate else WARM_UP_UNKNOWN)
        with torch.no_grad():
            for parameter, value in zip(now, warm, strict=True):
                parameter.copy_(value)
        self._read = from_file, (warm[0].cpu(), warm[1].cpu())

    @torch.no_grad()
    def _after_silence(self, samples: int) -> State:
        """
        Run on silence for so long, or until the state stays as it is.

        :return: hidden and cell state, each (layers, H)
        """
        was_training = self.core.training
        self.core.eval()
        state = self._initial_state(1)
        silence = state[0].new_zeros(1, SETTLING_BLOCK, self.core.input_size)
        for start in range(0, samples, SETTLING_BLOCK):
            before, (_, state) = state, self.core(silence[:, : samples - start], state)
            if samples - start >= SETTLING_BLOCK and _are_equal(before, state):
                state = before
                break
        self.core.train(was_training)
        return state[0][:, 0], state[1][:, 0]


def _begin_with_long_memory(core: nn.LSTM) -> None:
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


def _are_equal(before: State, after: State) -> bool:
    """Compare to the precision that float32 has for numbers of this size."""
    return all(
        bool((a - b).abs().max() <= 1e-7 * max(1.0, float(a.abs().max()))) for a, b in zip(after, before, strict=True)
    )
