"""FiLM: a signal times a scale, plus a shift, both computed from the condition (Perez et al., 2018)."""

from __future__ import annotations

from typing import Any

from nam_plugin_nam.player.convolution import Convolution
from nam_plugin_nam.player.model import Config, Signal
from nam_plugin_nam.player.weights import Weights

FILM_SITES = (
    "conv_pre_film",
    "conv_post_film",
    "input_mixin_pre_film",
    "input_mixin_post_film",
    "activation_pre_film",
    "activation_post_film",
    "layer1x1_post_film",
    "head1x1_post_film",
)
"""Where a layer may have it, in the order of the weights in a file."""


class Film:
    """
    One site.

    :param config: of the site: ``shift``, ``groups``
    :param condition_size: channels of the condition, D
    :param channels: of the signal that is modulated, C
    """

    def __init__(self, config: Config, weights: Weights, condition_size: int, channels: int) -> None:
        self.channels = channels
        outputs = 2 * channels if config.get("shift", True) else channels
        self.modulation = Convolution(weights, condition_size, outputs, groups=config.get("groups", 1))

    def __call__(self, x: Signal, condition: Signal) -> Signal:
        """Return ``x``, (C, l), modulated by the condition, (D, l)."""
        modulation = self.modulation(condition)
        scaled: Signal = x * modulation[: self.channels]
        return scaled + modulation[self.channels :] if len(modulation) > self.channels else scaled


def is_active(config: Any) -> bool:
    """Return whether a document switches a site on: one that is left out, null or false is off."""
    return bool(config is not None and config is not False and config.get("active", True))
