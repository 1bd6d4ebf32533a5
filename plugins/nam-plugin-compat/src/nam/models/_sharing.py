"""A net made of the parts of another one, and its share of an array of weights."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import nn


def adopt_parts(net: Any, other: nn.Module, sample_rate: float | None) -> None:
    """Have a net, its own ``__init__`` not yet run, share everything of another one."""
    # Hooks are kept in dictionaries that can be weakly referenced, so their types count.
    vars(net).update(
        {key: copy.copy(value) if isinstance(value, dict) else value for key, value in vars(other).items()}
    )
    for own in ("sample_rate", "_sample_rate"):
        net.__dict__.pop(own, None)
    net.sample_rate = sample_rate if sample_rate is not None else getattr(other, "sample_rate", None)


def weights_from(weights: Sequence[float], start: int, count: int) -> npt.NDArray[np.float32]:
    """Return the weights of one net, cut out of an array."""
    return np.asarray(weights, np.float32)[start : start + count]
