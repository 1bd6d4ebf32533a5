"""
What a net is: a module from audio to audio that knows its receptive field and can be written to a file.

Shapes: ``B`` batch, ``L`` samples, ``R`` the receptive field in samples. Audio is float32, mono, time last.
"""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from nam_kernel.components import Condition
from nam_kernel.errors import HandshakeError, ModelFileError, UserError
from nam_kernel.interfaces.stream import Forward, Stream, WindowStream

Weights = npt.NDArray[np.float32]


def weights_of(numbers: Any) -> Weights:
    """
    Return a flat list of numbers as float32.

    :raises ModelFileError: when it is none, or one of them is not a number that float32 can hold
    """
    with np.errstate(over="ignore"), contextlib.suppress(TypeError, ValueError, OverflowError):
        weights: Weights = np.asarray(numbers, dtype=np.float32)
        alien = isinstance(numbers, list) and any(isinstance(number, (bool, str)) for number in numbers)
        if weights.ndim == 1 and np.isfinite(weights).all() and not alien:
            return weights
    raise ModelFileError("the weights are not a flat list of numbers that float32 can hold; write the file again")


class BaseNet(nn.Module, abc.ABC):
    """
    Base of the nets: subclasses define ``receptive_field``, ``compute``, ``init_from_config`` and ``export_config``.

    A net must be causal: output sample ``n`` depends on input samples ``n - R + 1`` to ``n`` and on nothing
    else. A recurrent net declares ``R = 1`` and keeps its state inside one call.

    ``metadata`` is what the model file said of the net that was read from it.

    A class whose model file holds another config than a model config has a class method
    ``from_exported(config, sample_rate)``, which makes a net, its weights not yet set, from that of a file.

    :param sample_rate: in Hz, or None while it is not known; a run sets it from the data
    """

    def __init__(self, sample_rate: float | None = None) -> None:
        super().__init__()
        self.sample_rate: float | None = sample_rate
        self.metadata: dict[str, Any] = {}

    # What a subclass defines

    @property
    @abc.abstractmethod
    def receptive_field(self) -> int:
        """The number of input samples that one output sample depends on, itself included."""

    @abc.abstractmethod
    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        """
        Return the output of the net proper.

        :param x: (B, L) with L >= R
        :param conditions: one tensor for each of ``conditions``, in their order: (B, L) over time, or (B,) constants.
            ``nam_kernel.interfaces.over_time`` makes one tensor of them.
        :return: (B, L - R + 1), or (B, P, L - R + 1) for a net of P outputs
        """

    @classmethod
    @abc.abstractmethod
    def init_from_config(cls, config: Any) -> BaseNet:
        """Return a new net; ``config`` is an instance of the model that the net's record names."""

    @abc.abstractmethod
    def export_config(self) -> dict[str, Any]:
        """Return the ``config`` of the model file, of JSON types; with the weights it describes the net completely."""

    # What a subclass may change

    @property
    def conditions(self) -> tuple[Condition, ...] | None:
        """
        The knobs and switches that ``forward`` takes after ``x``; empty for most nets.

        None leaves them undeclared: the net then gets whatever the data records, as the data has it.
        """
        return ()

    @property
    def architecture(self) -> str:
        """The ``architecture`` of the model file."""
        return type(self).__name__

    @property
    def file_version(self) -> str | None:
        """The lowest version of the model file that can express this net, or None where any can."""
        return None

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs of a net that returns (B, P, L); empty for a net of one output."""
        return ()

    def export_weights(self) -> Weights:
        """
        Return the weights as one flat float32 array, in the order that ``import_weights`` reads.

        The default takes every floating-point entry of the state dict, in its order.
        """
        flat = [t.detach().cpu().reshape(-1).to(torch.float32) for t in self._weight_tensors()]
        return torch.cat(flat).numpy() if flat else np.zeros(0, np.float32)

    def import_weights(self, weights: Sequence[float] | Weights) -> None:
        """
        Set the weights from one flat array.

        :raises ModelFileError: when their number does not fit this net
        """
        given = torch.as_tensor(weights_of(weights))
        tensors = list(self._weight_tensors())
        self.require_weight_count(len(given), sum(t.numel() for t in tensors))
        start = 0
        with torch.no_grad():
            for tensor in tensors:
                tensor.copy_(given[start : start + tensor.numel()].reshape(tensor.shape))
                start += tensor.numel()

    def start_from(self, old: BaseNet) -> None:
        """
        Copy the weights of another net of this architecture: a warm start.

        :raises ModelFileError: when they do not fit
        """
        if old.architecture != self.architecture:
            raise ModelFileError(f"it is a {old.architecture}, and the config asks for a {self.architecture}")
        self.import_weights(old.export_weights())

    def scale_output(self, factor: float) -> None:
        """
        Multiply the output of the net by a factor, in its weights.

        :raises UserError: when this kind of net cannot
        """
        raise UserError(f"{self.architecture} cannot change the level of its output (it has no scale_output)")

    def bake(self, values: Mapping[str, float | str]) -> BaseNet:
        """
        Return a net without conditions that sounds as this one does at a setting.

        :param values: by the conditions' names, in their own units; those left out have their defaults
        :raises UserError: when this kind of net cannot, or a value is out of range
        """
        raise UserError(f"{self.architecture} cannot be baked at one setting (it has no bake)")

    def output_state(self, name: str) -> dict[str, Tensor]:
        """Return the part of the state dict that output ``name`` is computed from."""
        raise UserError(f"{self.architecture} has no output named '{name}'")

    def load_output_state(self, name: str, state: Mapping[str, Tensor]) -> None:
        """Load what ``output_state`` returned, leaving the other outputs as they are."""
        raise UserError(f"{self.architecture} has no output named '{name}'")

    def at_size(self, size: float) -> BaseNet:
        """
        Return the net that a player runs with its size control at ``size``, 0 (smallest) to 1 (whole).

        :raises UserError: when this net has one size only
        """
        raise UserError(f"this {self.architecture} model has one size only; leave out the size")

    def describe(self) -> list[tuple[str, str]]:
        """Return rows (label, value) for ``nam-kernel info``, beyond what it knows of every net."""
        return []

    def multiply_adds(self) -> int | None:
        """Return the multiplications of one output sample, or None where they are not known."""
        return None

    def handshake(self, dataset: Any) -> None:
        """
        Refuse a dataset that this net cannot be trained on.

        :raises HandshakeError: with the reason
        """
        nx = getattr(dataset, "nx", None)
        if nx is not None and nx < self.receptive_field:
            raise HandshakeError(
                f"the dataset has nx = {nx} input samples per output sample, "
                f"but {self.architecture} needs {self.receptive_field}"
            )

    def stream(self, forward: Forward | None = None) -> Stream:
        """
        Return a stream that begins with silence; a net with a state has one of its own.

        :param forward: takes what ``forward`` takes and replaces it, as ``nam_kernel.accelerate`` returns it
        """
        return WindowStream(self if forward is None else forward, self.receptive_field - 1)

    # What every net has

    def forward(self, x: Tensor, *conditions: Tensor | float, pad_start: bool | None = None) -> Tensor:
        """
        Return the output of the net.

        :param x: (B, L) or (L,)
        :param conditions: as in ``compute``, with a batch dimension where ``x`` has one; a number is a constant
        :param pad_start: put R - 1 zeros before ``x``, so that the output is as long as the input. The default is
            False in training mode and True otherwise.
        :return: (B, L - R + 1), or (B, L) with ``pad_start``; a 1-D input has a 1-D output
        :raises ValueError: when ``x`` is shorter than the receptive field
        """
        if pad_start is None:
            pad_start = not self.training
        single = x.ndim == 1
        tensors = tuple(_batched(c, x, single=single) for c in conditions)
        if single:
            x = x[None]
        if pad_start and self.receptive_field > 1:
            x, tensors = self._pad(x, tensors)
        if x.shape[1] < self.receptive_field:
            raise ValueError(
                f"the input has {x.shape[1]} samples, fewer than the receptive field of {self.receptive_field}"
            )
        y = self.compute(x, *tensors)
        return y[0] if single else y

    def blocks(
        self, x: Tensor, *conditions: Tensor | float, size: int = 65536, forward: Forward | None = None
    ) -> Iterator[Tensor]:
        """
        Yield the output for a long signal block by block, from a warmed-up start.

        :param x: (L,)
        :param conditions: one number, or one value for each sample (L,), for each condition
        :param size: of a block, in samples
        :param forward: as in ``stream``
        :return: consecutive pieces of the output; together (L,), or (P, L) for a net of P outputs
        """
        x = torch.as_tensor(x)
        own_stream = getattr(forward, "stream", None) if forward is not self else None
        stream: Stream = own_stream() if own_stream is not None else self.stream(forward)
        for start in range(0, len(x), size):
            piece = slice(start, start + size)
            with torch.no_grad():
                output = stream.feed(x[piece], *(_cut(c, piece, len(x)) for c in conditions))
            yield output

    def render(
        self, x: Tensor, *conditions: Tensor | float, size: int = 65536, forward: Forward | None = None
    ) -> Tensor:
        """Return the output for a long signal, computed in blocks as ``blocks`` does: (L,), or (P, L)."""
        pieces = list(self.blocks(x, *conditions, size=size, forward=forward))
        return torch.cat(pieces, dim=-1) if pieces else torch.zeros(0)

    def settings(self, values: Mapping[str, float | str] | None = None) -> tuple[float, ...]:
        """
        Return one value for each condition, in the net's order.

        :param values: by name, or for one without a name by its number from 1, in the conditions' own units; those left
            out have their defaults
        :raises UserError: when there is no such condition, or a value is out of range
        """
        declared = {c.name or str(i): c for i, c in enumerate(self.conditions or (), 1)}
        values = dict(values or {})
        unknown = sorted(set(values) - set(declared))
        if unknown:
            raise UserError(f"the model has no knob '{unknown[0]}'; it has: {', '.join(declared) or 'none'}")
        try:
            return tuple(c.value(values.get(name, c.default or 0.0)) for name, c in declared.items())
        except ValueError as error:
            raise UserError(str(error)) from None

    def parameter_count(self) -> int:
        """Return the number of trainable values."""
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
            torch.cat((c[..., :1].expand(*c.shape[:-1], history), c), dim=-1)
            if c.ndim > 1 and c.shape[-1] == length
            else c
            for c in conditions
        )


def _batched(condition: Tensor | float, x: Tensor, *, single: bool) -> Tensor:
    """Return a condition with the batch dimension that the audio has; a number is for every item."""
    if not isinstance(condition, Tensor):
        return x.new_full((1 if single else len(x),), float(condition))
    return condition[None] if single else condition


def _cut(condition: Tensor | float, piece: slice, length: int) -> Tensor | float:
    """Return the part of a condition that goes with a piece of the audio; a constant goes with all of it."""
    moves = isinstance(condition, Tensor) and condition.ndim > 0 and condition.shape[-1] == length
    return condition[..., piece] if moves else condition  # type: ignore[index]
