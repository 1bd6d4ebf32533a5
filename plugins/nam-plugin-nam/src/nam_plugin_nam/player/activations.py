"""The activations that a file can name, with the parameters and defaults that a player has for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nam_plugin_nam.player.model import Config, Signal, require

Activation = Callable[[Signal], Signal]
"""Elementwise, (C, l) to (C, l)."""


def sigmoid(x: Signal) -> Signal:
    """Return ``1 / (1 + exp(-x))``, written as a tanh, which cannot overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def fast_tanh(x: Signal) -> Signal:
    """Return Aleksey Vaneev's rational approximation of tanh, which players use under the name ``Fasttanh``."""
    size, square = np.abs(x), np.square(x)
    above = 2.45550750702956 * (1.0 + size) + square * (0.893229853513558 + 0.821226666969744 * size)
    below = 2.44506634652299 + (2.44506634652299 + square) * size * (1.0 + 0.814642734961073 * size)
    return x * above / below


def hard_swish(x: Signal) -> Signal:
    """Return ``x`` times a ramp that is 0 up to -3 and 1 from 3 on (Howard et al., "MobileNetV3", 2019)."""
    return x * np.clip(x + 3.0, 0.0, 6.0) / 6.0


_PLAIN: Mapping[str, Activation] = {
    "Tanh": np.tanh,
    "Fasttanh": fast_tanh,
    "Hardtanh": lambda x: np.clip(x, -1.0, 1.0),
    "ReLU": lambda x: np.maximum(x, 0.0),
    "Sigmoid": sigmoid,
    "SiLU": lambda x: x * sigmoid(x),
    "Hardswish": hard_swish,
    "Softsign": lambda x: x / (1.0 + np.abs(x)),
}


def activation_of(described: Any, channels: int) -> Activation:
    """
    Return the activation that a document describes.

    :param described: its name, or an object with the name as ``type`` and parameters
    :param channels: C of the signals that it is for
    :raises ValueError: when no player knows it, or its slopes are for another number of channels
    """
    given: Config = {"type": described} if isinstance(described, str) else described
    name = given["type"]
    if name in _PLAIN:
        return _PLAIN[name]
    if name == "LeakyReLU":
        return _leaky([given.get("negative_slope", 0.01)])
    if name == "PReLU":
        # A player that finds both keys uses the one slope.
        one = "negative_slope" in given or "negative_slopes" not in given
        slopes = [given.get("negative_slope", 0.01)] if one else given["negative_slopes"]
        require(len(slopes) in (1, channels), f"PReLU has {len(slopes)} slopes for {channels} channels")
        return _leaky(slopes)
    require(name in ("LeakyHardtanh", "LeakyHardTanh"), f"players do not know the activation '{name}'")
    return _leaky_hard_tanh(given)


def _leaky(slopes: list[float]) -> Activation:
    column = _as_played(slopes)[:, None]
    return lambda x: np.maximum(x, 0.0) + column * np.minimum(x, 0.0)


def _leaky_hard_tanh(given: Config) -> Activation:
    low, high = _as_played([given.get("min_val", -1.0), given.get("max_val", 1.0)])
    below, above = _as_played([given.get("min_slope", 0.01), given.get("max_slope", 0.01)])

    def activate(x: Signal) -> Signal:
        under, over = np.minimum(x - low, 0.0), np.maximum(x - high, 0.0)
        bent: Signal = x + (below - 1.0) * under + (above - 1.0) * over
        return bent

    return activate


def _as_played(parameters: list[float]) -> Signal:
    """Return parameters, (P,), with the precision of a player, which has them as float32."""
    return np.asarray(parameters, dtype=np.float32).astype(np.float64)
