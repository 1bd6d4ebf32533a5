"""A linear, time-invariant net: the convolution with one learned impulse response."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from nam_kernel.interfaces import BaseNet
from nam_kernel.models import mono_config
from nam_plugin_linear.config import LinearConfig

PIECE = 4096
"""Taps of which float32 can take the sum at once without rounding that can be measured."""


class Linear(BaseNet):
    """
    ``y[n] = h[0] x[n] + h[1] x[n - 1] + ... + h[R - 1] x[n - R + 1] + bias``.

    ``impulse_response`` holds ``h``, the newest sample's tap first, which is the order of the model file.

    :param receptive_field: R, in samples
    :param bias: learn a constant that is added to the output
    :param sample_rate: in Hz, or None while it is not known
    """

    def __init__(self, receptive_field: int, bias: bool = False, sample_rate: float | None = None) -> None:
        super().__init__(sample_rate)
        bound = receptive_field**-0.5
        self.impulse_response = nn.Parameter(torch.empty(receptive_field).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(1)) if bias else None

    @property
    def receptive_field(self) -> int:
        """The length of the impulse response in samples."""
        return self.impulse_response.numel()

    @classmethod
    def init_from_config(cls, config: LinearConfig) -> Linear:
        """Return a new net."""
        return cls(config.receptive_field, config.bias)

    @classmethod
    def from_exported(cls, config: Mapping[str, Any], sample_rate: float | None) -> Linear:
        """
        Return a net, its weights not yet set, from the ``config`` of a model file.

        :raises ValueError: when it does not describe a net of one channel
        """
        net = cls.init_from_config(_file_config(config))
        net.sample_rate = sample_rate
        return net

    @classmethod
    def count_weights(cls, config: Mapping[str, Any]) -> int:
        """
        Return the number of weights that belong to the ``config`` of a model file, without building the net.

        :raises ValueError: when it does not describe a net of one channel
        """
        return _file_config(config).weight_count()

    def export_config(self) -> dict[str, Any]:
        """Return the keys of ``LinearConfig``."""
        return {"receptive_field": self.receptive_field, "bias": self.bias is not None}

    def scale_output(self, factor: float) -> None:
        """Multiply the impulse response and the offset; the loudness that the file stated moves along."""
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.mul_(factor)
        loudness = self.metadata.get("loudness")
        if isinstance(loudness, (int, float)):
            self.metadata = {**self.metadata, "loudness": loudness + 20 * math.log10(abs(factor))}

    def describe(self) -> list[tuple[str, str]]:
        """Return the length of the impulse response."""
        length = f"{self.receptive_field} samples"
        if self.sample_rate is not None:
            length += f" ({1000 * self.receptive_field / self.sample_rate:.1f} ms)"
        return [("impulse response", length)]

    def multiply_adds(self) -> int:
        """Return one multiplication for each tap."""
        return self.receptive_field

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        """
        Return the convolution: (B, L) to (B, L - R + 1).

        :raises ValueError: when it is given conditions
        """
        if conditions:
            raise ValueError("a Linear net takes no conditions; call it with the audio only")
        y = _convolve(x, self.impulse_response)
        return y if self.bias is None else y + self.bias


def _file_config(config: Mapping[str, Any]) -> LinearConfig:
    """Return the ``config`` of a model file as that of a model config."""
    return LinearConfig.model_validate(mono_config(config, LinearConfig.model_fields))


def _convolve(x: Tensor, impulse_response: Tensor) -> Tensor:
    """Return the convolution of (B, L) with (R,), (B, L - R + 1), product by product, in sums of ``PIECE`` taps."""
    oldest_first = impulse_response.flip(0)
    if len(oldest_first) <= PIECE:
        return functional.conv1d(x[:, None], oldest_first[None, None])[:, 0]
    length = x.shape[1] - len(oldest_first) + 1
    y, start = torch.zeros(()).to(x), 0
    for taps in torch.split(oldest_first, PIECE):
        heard = x[:, start : start + length + len(taps) - 1]
        y = y + functional.conv1d(heard[:, None], taps[None, None])[:, 0]
        start += len(taps)
    return y
