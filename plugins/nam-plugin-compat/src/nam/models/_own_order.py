"""Set the weights of a net that writes them in an order of its own, and says nothing of the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nam._errors import UnreadableWeightsError

_COUNTED = 2**24
"""Numbers up to here are exact in float32."""


def import_in_own_order(net: Any, tensors: Sequence[Tensor], weights: Sequence[float]) -> None:
    """
    Set the weights from what the net's ``export_weights`` returned.

    The order is found by writing the numbers of the weights in their place.

    :param tensors: all weights of the net
    :raises UnreadableWeightsError: when it writes something else than each weight once
    :raises nam_kernel.errors.ModelFileError: when there are too many, or too few
    """
    total = sum(t.numel() for t in tensors)
    kept = torch.cat([t.detach().reshape(-1) for t in tensors]) if tensors else torch.zeros(0)
    try:
        _fill(tensors, torch.arange(total))
        order = np.asarray(net.export_weights(), np.float64)
    finally:
        _fill(tensors, kept)
    if total > _COUNTED or not np.array_equal(np.sort(order), np.arange(total)):
        name = type(net).__name__
        raise UnreadableWeightsError(
            f"{name} does not define import_weights, and what it writes is not each of its {total} weights once, so "
            f"that they cannot be set from a file; define import_weights in {name}"
        )
    net.require_weight_count(len(weights), total)
    flat: npt.NDArray[np.float32] = np.empty(total, np.float32)
    flat[order.astype(np.int64)] = np.asarray(weights, np.float32)
    _fill(tensors, torch.from_numpy(flat))


@torch.no_grad()
def _fill(tensors: Sequence[Tensor], values: Tensor) -> None:
    """Copy consecutive values into tensors."""
    start = 0
    for tensor in tensors:
        tensor.copy_(values[start : start + tensor.numel()].view_as(tensor))
        start += tensor.numel()
