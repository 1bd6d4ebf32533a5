"""
What a net is: a module from audio to audio that knows its receptive field and can be written to a file.

Shapes: ``B`` batch, ``L`` samples, ``R`` the receptive field in samples. Audio is float32, mono, time last.
"""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from nam_kernel.errors import HandshakeError, ModelFileError, UserError

Weights = npt.NDArray[np.float32]


class BaseNet(nn.Module, abc.ABC):
    """
    Base of the nets: subclasses give ``receptive_field``, ``_forward``, ``init_from_config`` and ``export_config``.

    A net must be causal: output sample ``n`` depends on input samples ``n - R + 1`` to ``n`` and on nothing
    else. A recurrent net declares ``R = 1`` and keeps its state inside one call.

    ``metadata`` is what the model file said of the net that was read from it.

    :param sample_rate: in Hz, or None while it is not known; a run sets it from the data
    """

    def __init__(self, sample_rate: float | None = None) -> None:
        super().__init__()
        self.sample_rate: float | None = sample_rate
        self.metadata: dict[str, Any] = {}

    # What a subclass gives

    @property
    @abc.abstractmethod
    def receptive_field(self) -> int:
        """The number of input samples that one output sample depends on, itself included."""

    @abc.abstractmethod
    def _forward(self, x: Tensor, *conditions: Tensor) -> Tensor:
        """
        Compute the net proper.

        :param x: (B, L) with L >= R
        :param conditions: one tensor each; (B, L) or (B, C, L) over time, or (B, K) constants
        :return: (B, L - R + 1), or (B, P, L - R + 1) for a net of P outputs
        """

    @classmethod
    @abc.abstractmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> BaseNet:
        """Make a net from the ``net.config`` of a model config."""

    @abc.abstractmethod
    def export_config(self) -> dict[str, Any]:
        """Give the ``config`` of the model file, of JSON types; with the weights it describes the net completely."""

    # What a subclass may change

    @property
    def architecture(self) -> str:
        """The ``architecture`` of the model file."""
        return type(self).__name__

    @property
    def file_version(self) -> str:
        """The lowest ``.nam`` version that can express this net."""
        return "0.5.4"

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs of a net that gives (B, P, L); empty for a net of one output."""
        return ()

    @property
    def condition_names(self) -> tuple[str, ...]:
        """The explicit conditioning signals that ``forward`` needs after ``x``; empty for most nets."""
        return ()

    @classmethod
    def from_exported(cls, config: Mapping[str, Any], sample_rate: float | None) -> BaseNet:
        """
        Make a net, its weights not yet set, from the ``config`` of a model file.

        The default expects what ``init_from_config`` does.
        """
        net = cls.init_from_config(config)
        net.sample_rate = sample_rate
        return net

    def export_weights(self) -> Weights:
        """
        Flatten the weights to one float32 array, in the order that ``import_weights`` reads.

        The default takes every floating-point entry of the state dict, in its order.
        """
        flat = [t.detach().cpu().reshape(-1).to(torch.float32) for t in self._weight_tensors()]
        return torch.cat(flat).numpy() if flat else np.zeros(0, np.float32)

    def import_weights(self, weights: Sequence[float] | Weights) -> None:
        """
        Set the weights from one flat array.

        :raises ModelFileError: when their number does not fit this net
        """
        given = torch.as_tensor(np.asarray(weights, dtype=np.float32))
        tensors = list(self._weight_tensors())
        self.require_weight_count(len(given), sum(t.numel() for t in tensors))
        start = 0
        with torch.no_grad():
            for tensor in tensors:
                tensor.copy_(given[start : start + tensor.numel()].reshape(tensor.shape))
                start += tensor.numel()

    def start_from(self, old: BaseNet) -> None:
        """
        Take the weights of another net of this architecture: a warm start.

        :raises ModelFileError: when they do not fit
        """
        self.import_weights(old.export_weights())

    def output_state(self, name: str) -> dict[str, Tensor]:
        """Give the part of the state dict that output ``name`` is computed from."""
        raise UserError(f"{self.architecture} has no output named '{name}'")

    def load_output_state(self, name: str, state: Mapping[str, Tensor]) -> None:
        """Set what ``output_state`` gave, leaving the other outputs as they are."""
        raise UserError(f"{self.architecture} has no output named '{name}'")

    def at_size(self, size: float) -> BaseNet:
        """
        Give the net that a player runs with its size control at ``size``, 0 (smallest) to 1 (whole).

        :raises UserError: when this net has one size only
        """
        raise UserError(f"this {self.architecture} model has one size only; leave out the size")

    def describe(self) -> list[tuple[str, str]]:
        """Rows (label, value) for ``nam-kernel info``, beyond what it knows of every net."""
        return []

    def multiply_adds(self) -> int | None:
        """Count the multiplications of one output sample, or None where it is not known."""
        return None

    def handshake(self, dataset: Any) -> None:
        """
        Refuse a dataset that this net cannot be trained on.

        :raises HandshakeError: with the reason
        """
        nx = getattr(dataset, "nx", None)
        if nx is not None and nx < self.receptive_field:
            raise HandshakeError(
                f"the dataset gives nx = {nx} input samples per output sample, "
                f"but {self.architecture} needs {self.receptive_field}"
            )

    # What every net has

    def forward(self, x: Tensor, *conditions: Tensor, pad_start: bool | None = None) -> Tensor:
        """
        Run the net.

        :param x: (B, L) or (L,)
        :param conditions: as in ``_forward``, with a batch dimension where ``x`` has one
        :param pad_start: put R - 1 zeros before ``x``, so that the output is as long as the input. The default is
            False in training mode and True otherwise.
        :return: (B, L - R + 1), or (B, L) with ``pad_start``; a 1-D input gives a 1-D output
        :raises ValueError: when ``x`` is shorter than the receptive field
        """
        if pad_start is None:
            pad_start = not self.training
        single = x.ndim == 1
        if single:
            x, conditions = x[None], tuple(c[None] for c in conditions)
        if pad_start and self.receptive_field > 1:
            x, conditions = self._pad(x, conditions)
        if x.shape[1] < self.receptive_field:
            raise ValueError(
                f"the input has {x.shape[1]} samples, fewer than the receptive field of {self.receptive_field}"
            )
        y = self._forward(x, *conditions)
        return y[0] if single else y

    def blocks(self, x: Tensor, *conditions: Tensor, size: int = 65536) -> Iterator[Tensor]:
        """
        Render a long signal block by block, from a warmed-up start, equal to rendering it whole.

        :param x: (L,)
        :param conditions: constants, or signals whose last dimension is L
        :return: consecutive pieces of the output; together (L,), or (P, L) for a net of P outputs
        """
        history = self.receptive_field - 1
        padded, moving = self._pad(x[None], tuple(c[None] for c in conditions))
        for start in range(0, len(x), size):
            stop = min(start + size, len(x)) + history
            parts = (c[..., start:stop] if c.shape[-1] == padded.shape[1] else c for c in moving)
            with torch.no_grad():
                piece = self._forward(padded[:, start:stop], *parts)[0]
            yield piece

    def render(self, x: Tensor, *conditions: Tensor, size: int = 65536) -> Tensor:
        """Render a long signal in blocks of ``size`` samples: (L,) to (L,), or (P, L) for a net of P outputs."""
        pieces = list(self.blocks(x, *conditions, size=size))
        return torch.cat(pieces, dim=-1) if pieces else x.new_zeros(x.shape)

    def parameter_count(self) -> int:
        """Count the trainable numbers."""
        return sum(p.numel() for p in self.parameters())

    @staticmethod
    def require_weight_count(given: int, needed: int) -> None:
        """
        Refuse a file whose weights do not fit its config.

        :raises ModelFileError: when the two numbers differ
        """
        if given != needed:
            raise ModelFileError(
                f"the file has {given} weights, but its config describes a net of {needed}; "
                "it is damaged, or was written by something that means another net by this config"
            )

    def _weight_tensors(self) -> Iterator[Tensor]:
        return (t for t in self.state_dict(keep_vars=True).values() if t.is_floating_point())

    def _pad(self, x: Tensor, conditions: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Put R - 1 samples before the signals: silence before the audio, the first value before a condition."""
        history = self.receptive_field - 1
        if not history:
            return x, conditions
        length = x.shape[1]
        padded = torch.cat((x.new_zeros(len(x), history), x), dim=1)
        return padded, tuple(
            torch.cat((c[..., :1].expand(*c.shape[:-1], history), c), dim=-1) if c.shape[-1] == length else c
            for c in conditions
        )
