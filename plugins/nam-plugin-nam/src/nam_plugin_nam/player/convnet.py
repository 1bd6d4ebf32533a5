"""ConvNet: convolutions of two taps one after the other, and a linear head."""

from __future__ import annotations

import numpy as np

from nam_plugin_nam.player.activations import activation_of
from nam_plugin_nam.player.convolution import Convolution
from nam_plugin_nam.player.model import Config, Signal, require
from nam_plugin_nam.player.weights import Weights


class BatchNorm:
    """
    The normalization of a trained net (Ioffe and Szegedy, 2015): a scale and a shift for each channel.

    It takes its weights in the order mean, variance, scale, shift (C each), and the number added to the variance.
    """

    def __init__(self, weights: Weights, channels: int) -> None:
        mean, variance, scale, shift = weights.take(4, channels, 1)
        self.scale = scale / np.sqrt(variance + weights.take(1))
        self.shift = shift - self.scale * mean

    def __call__(self, x: Signal) -> Signal:
        """Return (C, l) for (C, l)."""
        normalized: Signal = self.scale * x + self.shift
        return normalized


class ConvNet:
    """Its weights: layer by layer the convolution, without a bias where a normalization follows; then the head."""

    def __init__(self, config: Config, weights: Weights) -> None:
        channels, dilations, groups = config["channels"], config["dilations"], config.get("groups", 1)
        has_norm = config["batchnorm"]
        require(len(dilations) > 0, "it has no dilations, so no layers")
        self.inputs: int = config.get("in_channels", 1)
        self.outputs: int = config.get("out_channels", 1)
        self.activate = activation_of(config["activation"], channels)
        self.layers: list[tuple[Convolution, BatchNorm | None]] = []
        for i, dilation in enumerate(dilations):
            before = channels if i else self.inputs
            convolve = Convolution(weights, before, channels, 2, dilation=dilation, groups=groups, bias=not has_norm)
            self.layers.append((convolve, BatchNorm(weights, channels) if has_norm else None))
        self.head = Convolution(weights, channels, self.outputs)

    def __call__(self, x: Signal) -> Signal:
        """Return (outputs, l) for (inputs, l)."""
        for convolve, normalize in self.layers:
            x = convolve(x)
            x = self.activate(x if normalize is None else normalize(x))
        return self.head(x)
