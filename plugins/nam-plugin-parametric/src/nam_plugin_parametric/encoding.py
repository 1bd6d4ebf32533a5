"""
From knobs in their own units to the channels that a net hears.

A knob is one channel from -1 to 1 over its range, along its curve, and goes on beyond; a switch has a channel for each
position, of which the chosen one is 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from nam_kernel import Condition
from nam_plugin_parametric.channels import channels_of


class Encoding:
    """
    The channels of some conditions.

    :param conditions: in the order of the channels
    :raises ValueError: when one cannot be encoded
    """

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self.conditions = tuple(conditions)
        self.channels = channels_of(conditions)

    def __call__(self, values: Tensor) -> Tensor:
        """
        Return the channels.

        :param values: (B, K, ...), one for each condition, in its own unit
        :return: (B, E, ...)
        """
        return torch.cat([_encode(condition, values[:, i]) for i, condition in enumerate(self.conditions)], dim=1)

    def of(self, setting: Sequence[float]) -> Tensor:
        """Return the channels of one setting: (E,), float64."""
        return self(torch.tensor([list(setting)], dtype=torch.float64))[0]


def _encode(condition: Condition, value: Tensor) -> Tensor:
    if condition.choices:
        # A switch that moves is at the nearest position.
        position = value.round()
        return torch.stack([(position == i).to(value) for i in range(len(condition.choices))], dim=1)
    low, high = condition.low, condition.high
    if condition.curve == "log":
        value, low, high = value.log(), math.log(low), math.log(high)
    return (2.0 * (value - low) / (high - low) - 1.0)[:, None]
