"""FiLM: a signal times a scale, plus a shift, both computed from the condition (Perez et al., 2018)."""

from typing import Any

import torch
from torch import Tensor, nn

from nam_plugin_torchscript.parts.convolution import side_by_side
from nam_plugin_torchscript.parts.weights import Weights


class Film(nn.Module):
    """
    One site.

    :param config: of the site
    :param channels: of the signal that is modulated
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, config: Any, weights: Weights, condition_size: int, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.shifts = bool(config.get("shift", True))
        groups = config.get("groups", 1)
        outputs = 2 * channels if self.shifts else channels
        self.register_buffer("weight", side_by_side(weights.take(outputs, condition_size // groups, 1), groups))
        self.register_buffer("bias", weights.take(outputs, 1))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Return (B, C, l), modulated by the condition, (B, D, l)."""
        modulation = torch.matmul(self.weight, condition) + self.bias
        scaled = x * modulation[:, : self.channels]
        return scaled + modulation[:, self.channels :] if self.shifts else scaled


class Unmodulated(nn.Module):
    """A site without FiLM."""

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Return ``x``."""
        return x


def film_of(config: Any, weights: Weights, condition_size: int, channels: int) -> nn.Module:
    """Return the site that a document describes; one that is left out, null or false is off."""
    if config is None or config is False or not config.get("active", True):
        return Unmodulated()
    return Film(config, weights, condition_size, channels)
