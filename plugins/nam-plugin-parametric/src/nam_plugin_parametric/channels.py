"""How many channels knobs are, for whoever does not need to compute them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nam_kernel import Condition


def channels_of(conditions: Sequence[Condition]) -> int:
    """
    Return E: one for a knob, one for each position of a switch.

    :raises ValueError: when one cannot be a channel, because it has no range
    """
    for condition in conditions:
        low, high = condition.low, condition.high
        if not low < high:
            raise ValueError(f"the knob '{condition.name}' has no range, {low:g} to {high:g}; leave it out")
        if not math.isfinite(low) or not math.isfinite(high):
            raise ValueError(f"the knob '{condition.name}' has no limits; give it low and high")
    return sum(max(len(condition.choices), 1) for condition in conditions)
