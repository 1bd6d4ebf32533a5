"""A plain convolutional net: one dilated convolution after the other, and a linear head."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from nam_kernel.interfaces import BaseNet, Weights, weights_of
from nam_kernel.models import mono_config
from nam_plugin_convnet.activations import ACTIVATIONS
from nam_plugin_convnet.config import ConvNetConfig, played_activation


class Layer(nn.Module):
    """
    A convolution of two taps, a batch normalization if wanted, and an activation.

    :param inputs: channels of its input
    :param channels: channels of its output
    :param dilation: samples between the two taps
    """

    def __init__(
        self, inputs: int, channels: int, dilation: int, batchnorm: bool, activation: Callable[[Tensor], Tensor]
    ) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inputs, channels, 2, dilation=dilation, bias=not batchnorm)
        self.norm = nn.BatchNorm1d(channels) if batchnorm else None
        self.activate = activation

    def forward(self, x: Tensor) -> Tensor:
        """Return the output of the layer: (B, inputs, L) to (B, channels, L - dilation)."""
        y = self.conv(x)
        return self.activate(y if self.norm is None else self.norm(y))

    def in_file_order(self) -> list[Tensor]:
        """Return what a model file holds of this layer, the epsilon of the normalization last."""
        if self.norm is None:
            return [t for t in (self.conv.weight, self.conv.bias) if t is not None]
        statistics = [t for t in (self.norm.running_mean, self.norm.running_var) if t is not None]
        epsilon = self.conv.weight.new_full((1,), self.norm.eps)
        return [self.conv.weight, *statistics, self.norm.weight, self.norm.bias, epsilon]

    def take_in_file_order(self, parts: Iterator[Tensor]) -> None:
        """Set what ``in_file_order`` returns; another epsilon goes into the variance, to which it is added."""
        tensors = self.in_file_order()
        for tensor in tensors:
            tensor.copy_(next(parts).view_as(tensor))
        if self.norm is not None and self.norm.running_var is not None:
            self.norm.running_var += tensors[-1] - self.norm.eps


class ConvNet(BaseNet):
    """
    Layers of two-tap convolutions, the audio going through one after the other, and a linear head.

    :param channels: of every layer
    :param dilations: samples between the two taps, one number a layer
    :param batchnorm: normalize the output of each convolution (Ioffe and Szegedy 2015), in place of a bias
    :param activation: a name in ``activations.ACTIVATIONS``
    :param activation_parameters: those that have other values than a player's defaults
    :param sample_rate: in Hz, or None while it is not known
    """

    def __init__(
        self,
        channels: int = 32,
        dilations: Sequence[int] = (1, 2, 4, 8),
        batchnorm: bool = False,
        activation: str = "Tanh",
        sample_rate: float | None = None,
        *,
        activation_parameters: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(sample_rate)
        self.channels = channels
        self.dilations = tuple(dilations)
        self.batchnorm = batchnorm
        self.activation = activation
        self.activation_parameters = dict(activation_parameters or {})
        activate = partial(ACTIVATIONS[activation], **self.activation_parameters)
        self.layers = nn.Sequential(
            *(
                Layer(channels if i else 1, channels, dilation, batchnorm, activate)
                for i, dilation in enumerate(self.dilations)
            )
        )
        self.head = nn.Conv1d(channels, 1, 1)

    @property
    def receptive_field(self) -> int:
        """One sample, and the reach of every layer."""
        return 1 + sum(self.dilations)

    @classmethod
    def init_from_config(cls, config: ConvNetConfig) -> ConvNet:
        """Return a new net."""
        return cls(
            config.channels,
            config.dilations,
            config.batchnorm,
            config.activation.name,
            activation_parameters=config.activation.parameters(),
        )

    @classmethod
    def from_exported(cls, config: Mapping[str, Any], sample_rate: float | None) -> ConvNet:
        """
        Return a net, its weights not yet set, from the ``config`` of a model file.

        :raises ValueError: when it does not describe a net of one channel that a player can play
        """
        net = cls.init_from_config(_file_config(config))
        net.sample_rate = sample_rate
        return net

    @classmethod
    def count_weights(cls, config: Mapping[str, Any]) -> int:
        """
        Return the number of weights that belong to the ``config`` of a model file, without building the net.

        :raises ValueError: when it does not describe a net of one channel that a player can play
        """
        return _file_config(config).weight_count()

    @property
    def file_version(self) -> str | None:
        """The lowest version that can express the activation; None where any can."""
        return "0.6.0" if self.activation_parameters else None

    def export_config(self) -> dict[str, Any]:
        """Return the keys of ``ConvNetConfig`` that a player reads."""
        return {
            "channels": self.channels,
            "dilations": list(self.dilations),
            "batchnorm": self.batchnorm,
            "activation": {"type": self.activation, **self.activation_parameters}
            if self.activation_parameters
            else self.activation,
        }

    def export_weights(self) -> Weights:
        """Return the weights, layer by layer as ``Layer.in_file_order`` says, then those of the head."""
        parts = [part.detach().cpu().reshape(-1) for part in self._in_file_order()]
        flat: Weights = torch.cat(parts).to(torch.float32).numpy()
        return flat

    def import_weights(self, weights: Sequence[float] | Weights) -> None:
        """
        Set the weights from what ``export_weights`` returned.

        :raises ModelFileError: when their number does not fit this net
        """
        given = torch.as_tensor(weights_of(weights))
        sizes = [part.numel() for part in self._in_file_order()]
        self.require_weight_count(len(given), sum(sizes))
        parts = iter(torch.split(given, sizes))
        with torch.no_grad():
            for layer in self._layers():
                layer.take_in_file_order(parts)
            for tensor in self.head.parameters():
                tensor.copy_(next(parts).view_as(tensor))

    def scale_output(self, factor: float) -> None:
        """Multiply the weights and the bias of the head; the loudness that the file stated moves along."""
        with torch.no_grad():
            for parameter in self.head.parameters():
                parameter.mul_(factor)
        loudness = self.metadata.get("loudness")
        if isinstance(loudness, (int, float)):
            self.metadata = {**self.metadata, "loudness": loudness + 20 * math.log10(abs(factor))}

    def describe(self) -> list[tuple[str, str]]:
        """Return the size of the layers, and what is in them."""
        norm = ", batch normalization" if self.batchnorm else ""
        return [("layers", f"{len(self.dilations)} of {self.channels} channels, {self.activation}{norm}")]

    def multiply_adds(self) -> int:
        """Return two multiplications for each pair of channels, one for each normalized channel, and the head's."""
        pairs = self.channels + (len(self.dilations) - 1) * self.channels**2
        scales = self.channels * len(self.dilations) if self.batchnorm else 0
        return 2 * pairs + scales + self.channels

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        """
        Return the output of the layers and the head: (B, L) to (B, L - R + 1).

        :raises ValueError: when it is given conditions
        """
        if conditions:
            raise ValueError("a ConvNet takes no conditions; call it with the audio only")
        y: Tensor = self.head(self.layers(x[:, None]))
        return y[:, 0]

    def _layers(self) -> Iterator[Layer]:
        return (layer for layer in self.layers if isinstance(layer, Layer))

    def _in_file_order(self) -> Iterator[Tensor]:
        for layer in self._layers():
            yield from layer.in_file_order()
        yield from self.head.parameters()


def _file_config(config: Mapping[str, Any]) -> ConvNetConfig:
    """Return the ``config`` of a model file as that of a model config."""
    known = mono_config(config, ("channels", "dilations", "batchnorm", "activation", "groups"))
    return ConvNetConfig.model_validate({**known, "activation": played_activation(known.get("activation"))})
