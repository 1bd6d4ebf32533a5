"""A recurrent net: layers of long short-term memory, and a linear head."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from nam_kernel.errors import HandshakeError
from nam_kernel.interfaces import BaseNet, Forward, Stream, Weights, weights_of
from nam_kernel.models import mono_config
from nam_plugin_lstm import layout
from nam_plugin_lstm.config import LSTMConfig, RecurrentConfig
from nam_plugin_lstm.state import (
    SETTLING_BLOCK,
    RecurrentStream,
    State,
    after_silence,
    begin_with_long_memory,
    warm_up_samples,
)

LONGEST = 65535
"""Samples that the core is given at once; cuDNN refuses longer sequences."""

SETTLING_BLOCKS = 24
"""How much silence, in blocks, a state gets at most to settle: two seconds at 48 kHz."""

MOST_WORK = 5e10
"""Multiplications for silence at most, some seconds of work: a state that has not settled by then stays as it is."""


class LSTM(BaseNet):
    """
    An LSTM (Hochreiter and Schmidhuber 1997) whose initial state is learned too.

    :param hidden_size: hidden units of each layer, H
    :param train_burn_in: the number of first samples whose outputs carry no gradient in training: they warm the
        state up. Through the state the gradient still reaches the initial state.
    :param train_truncate: the number of samples after which the state is cut off from the gradient in training,
        again and again from the burn-in on, which makes the backward pass cheaper; 0: never
    :param bias: False leaves the biases of the gates out
    :param dropout: the share of a layer's outputs that the next layer misses in training
    :param input_size: features of each sample, the audio included
    :param sample_rate: in Hz, or None while it is not known

    ``silence`` is what it hears before the audio: 0, unless it follows nets that make something else of silence.
    """

    FILE_KEYS: ClassVar[tuple[str, ...]] = ("input_size", "hidden_size", "num_layers")
    """The keys that the ``config`` of a model file has."""

    CONFIG: ClassVar[type[RecurrentConfig]] = LSTMConfig
    """The model of its config."""

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
        self.silence = 0.0
        self.core = nn.LSTM(input_size, hidden_size, num_layers, bias=bias, dropout=dropout, batch_first=True)
        self.head = nn.Linear(hidden_size, 1)
        self.initial_hidden = nn.Parameter(torch.zeros(num_layers, hidden_size))
        self.initial_cell = nn.Parameter(torch.zeros(num_layers, hidden_size))
        self._read: tuple[State, State] | None = None
        begin_with_long_memory(self.core)

    @property
    def receptive_field(self) -> int:
        """One sample: the rest is in the state."""
        return 1

    @classmethod
    def init_from_config(cls, config: RecurrentConfig) -> Self:
        """Return a new net."""
        return cls(**config.arguments())

    @classmethod
    def from_exported(cls, config: Mapping[str, Any], sample_rate: float | None) -> LSTM:
        """
        Return a net, its weights not yet set, from the ``config`` of a model file.

        :raises ValueError: when it does not describe a net of one output channel
        """
        kind = cls._kind_in(config)
        net = kind.init_from_config(kind._file_config(config))
        net.sample_rate = sample_rate
        return net

    @classmethod
    def count_weights(cls, config: Mapping[str, Any]) -> int:
        """
        Return the number of weights that belong to the ``config`` of a model file, without building the net.

        :raises ValueError: when it does not describe a net of one output channel
        """
        return cls._kind_in(config)._file_config(config).weight_count()

    @classmethod
    def _kind_in(cls, config: Mapping[str, Any]) -> type[LSTM]:
        """Return the class of the net in a file: this one, or where it is fed several channels another."""
        if cls is not LSTM or config.get("in_channels") in (None, 1):
            return cls
        from nam_plugin_lstm.fed import FedLSTM

        return FedLSTM

    @classmethod
    def _file_config(cls, config: Mapping[str, Any]) -> RecurrentConfig:
        return cls.CONFIG.model_validate(mono_config(config, cls.FILE_KEYS))

    def export_config(self) -> dict[str, Any]:
        """Return the sizes; what concerns the training only is not in a model file."""
        return {
            "input_size": self.core.input_size,
            "hidden_size": self.core.hidden_size,
            "num_layers": self.core.num_layers,
        }

    def export_weights(self) -> Weights:
        """Return the weights as ``layout`` orders them, with the state to which the net settles on silence."""
        flat: Weights = layout.pack(self.core, self.head, *self._exported_state()).numpy()
        return flat

    def import_weights(self, weights: Sequence[float] | Weights) -> None:
        """
        Set the weights; the state in them becomes the initial state.

        A player runs half a second of silence before the first sample, so a state in the file that is not settled
        has gone on for so long when the audio begins, and that is where this net begins, too.

        :raises ModelFileError: when their number does not fit this net
        """
        given = torch.as_tensor(weights_of(weights))
        self.require_weight_count(len(given), sum(layout.sizes(self.core)))
        layout.unpack(given, self.core, self.head, self.initial_hidden, self.initial_cell)
        self._warm_up()

    def scale_output(self, factor: float) -> None:
        """Multiply the weights and the bias of the head; the loudness that the file stated moves along."""
        with torch.no_grad():
            for parameter in self.head.parameters():
                parameter.mul_(factor)
        loudness = self.metadata.get("loudness")
        if isinstance(loudness, (int, float)):
            self.metadata = {**self.metadata, "loudness": loudness + 20 * math.log10(abs(factor))}

    def stream(self, forward: Forward | None = None) -> Stream:
        """
        Return a stream that begins in the initial state and keeps its own.

        :param forward: not used, because it has no state to go on from
        """
        return RecurrentStream(self._features, self._run, lambda _: self._initial_state(1))

    def follow(self, silence: float) -> None:
        """
        Hear this before the audio, in place of zeros: what the nets before this one make of silence.

        A net that was read from a file begins where that leads in the half second that a player waits.
        """
        if silence != self.silence:
            from_file = self._state_of_file()
            self.silence = silence
            if from_file is not None:
                self._begin_in(from_file)
                self._warm_up()

    def settled_state(self) -> State:
        """
        Return the state to which the net settles on silence, or the one after two seconds of it at 48 kHz.

        A net so large that this would take too long is taken as far as it came.

        :return: hidden and cell state, each (layers, H)
        """
        return self._after_silence(SETTLING_BLOCKS * SETTLING_BLOCK)

    def describe(self) -> list[tuple[str, str]]:
        """Return the size of the layers."""
        return [("layers", f"{self.core.num_layers} of {self.core.hidden_size} hidden units")]

    def multiply_adds(self) -> int:
        """Return the multiplications of the matrices, of each cell (three), and of the head."""
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
        """
        Return the output from the initial state on: (B, L) to (B, L).

        :raises ValueError: when it is not given the conditions that it takes
        """
        features, state = self._features(x, conditions), self._initial_state(len(x))
        if self.training and (self.train_burn_in or self.train_truncate):
            return self._run_for_training(features, state)
        return self._run(features, state)[0]

    def _features(self, x: Tensor, conditions: tuple[Tensor, ...]) -> Tensor:
        """Return the input of the core, (B, L, D)."""
        if conditions:
            raise ValueError("an LSTM takes no conditions; the net that does is named CatLSTM")
        return x[..., None]

    def _run(self, features: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the output from a state on, (B, L), and the state after it; the features are (B, L, D)."""
        if features.shape[1] <= LONGEST:
            hidden, state = self.core(features, state)
            return self.head(hidden)[..., 0], state
        outputs = []
        for piece in torch.split(features, LONGEST, dim=1):
            y, state = self._run(piece, state)
            outputs.append(y)
        return torch.cat(outputs, dim=1), state

    def _run_for_training(self, features: Tensor, state: State) -> Tensor:
        """Return the output from a state on, (B, L), its gradient cut as burn-in and truncation say."""
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
        """Return the state in which the net begins, for each item of a batch."""
        hidden, cell = (p[:, None].repeat(1, batch, 1) for p in (self.initial_hidden, self.initial_cell))
        return hidden, cell

    def _exported_state(self) -> State:
        """Return the state for a model file, each part (layers, H): that of the file read, while nothing changed it."""
        return self._state_of_file() or self.settled_state()

    def _warm_up(self) -> None:
        """Begin where a player begins with the state of a file, in which the net is now."""
        now = (self.initial_hidden, self.initial_cell)
        from_file = (now[0].detach().cpu().clone(), now[1].detach().cpu().clone())
        warm = self._after_silence(warm_up_samples(self.sample_rate))
        self._begin_in(warm)
        self._read = from_file, (warm[0].cpu(), warm[1].cpu())

    def _state_of_file(self) -> State | None:
        """Return the state of the file that was read; None once the initial state is another than that leads to."""
        if self._read is None:
            return None
        from_file, warm = self._read
        now = (self.initial_hidden, self.initial_cell)
        same = all(torch.equal(a.detach().cpu(), b) for a, b in zip(now, warm, strict=True))
        return from_file if same else None

    @torch.no_grad()
    def _begin_in(self, state: State) -> None:
        self.initial_hidden.copy_(state[0])
        self.initial_cell.copy_(state[1])

    def _after_silence(self, samples: int) -> State:
        """Return the state after so much silence, or as soon as it has settled; each part (layers, H)."""
        samples = min(samples, max(SETTLING_BLOCK, int(MOST_WORK / self.multiply_adds())))
        state = self._initial_state(1)
        was_training = self.core.training
        self.core.eval()
        heard = state[0].new_full((1, 1, self.core.input_size), self.silence)
        hidden, cell = after_silence(self.core, state, samples, heard)
        self.core.train(was_training)
        return hidden[:, 0].detach(), cell[:, 0].detach()
