"""
Conditions as tensors: count them, bring them into a net's order, spread them over time.

The canonical form is one tensor for each condition: a constant, ``(B,)`` or ``()`` in an item, or a signal, ``(B, L)``
or ``(L,)``. A tensor that holds several at once, ``(B, K)`` constants or ``(B, C, L)`` signals, is understood too.
"""

from collections.abc import Sequence
from itertools import chain

import torch
from torch import Tensor

from nam_kernel.components import Condition
from nam_kernel.errors import HandshakeError


def over_time(x: Tensor, conditions: Sequence[Tensor], count: int) -> Tensor:
    """
    Return the conditions as channels beside the audio, constants held.

    :param x: (B, L)
    :param conditions: in any of the forms above
    :param count: of the conditions, C
    :return: (B, C, L)
    :raises ValueError: when there are not so many, or one is as long as neither the audio nor a constant
    """
    batch, length = x.shape
    channels = [_channels(condition.to(x), batch, length) for condition in conditions]
    joined = torch.cat(channels, dim=1) if channels else x.new_zeros(batch, 0, length)
    if joined.shape[1] != count:
        raise ValueError(f"the net takes {count} condition{'s' * (count != 1)}, and was given {joined.shape[1]}")
    return joined


def count_of(x: Tensor, conditions: Sequence[Tensor]) -> int:
    """
    Return how many conditions the tensors of one item hold.

    :param x: (L,)
    :raises HandshakeError: when one of them cannot be a condition of this input
    """
    return sum(len(_split(x, condition)) for condition in conditions)


def in_order(x: Tensor, conditions: Sequence[Tensor], order: Sequence[int]) -> tuple[Tensor, ...]:
    """
    Return the conditions of one item, one tensor each, in another order.

    :param x: (L,)
    :param order: for each place the position in which it is given
    """
    single = list(chain.from_iterable(_split(x, condition) for condition in conditions))
    return tuple(single[position] for position in order)


def matching(net: Sequence[Condition], data: Sequence[Condition]) -> tuple[int, ...]:
    """
    Return where the data has each condition of the net, matched by name.

    Where either side has no names, positions count.

    :raises HandshakeError: naming what one side has and the other lacks
    """
    names, recorded = [c.name for c in net], [c.name for c in data]
    if len(names) == len(recorded) and (not any(names) or not any(recorded)):
        return tuple(range(len(names)))
    missing = [name for name in names if name not in recorded]
    extra = [name for name in recorded if name not in names]
    if missing or extra:
        told = [f"the net takes {_told(names)}, and the data records {_told(recorded)}"]
        told += [f"the {who} lacks {', '.join(n)}" for who, n in (("data", missing), ("net", extra)) if any(n)]
        raise HandshakeError("; ".join(told) + ": give both the same conditions, by the same names")
    return tuple(recorded.index(name) for name in names)


def _split(x: Tensor, condition: Tensor) -> list[Tensor]:
    """Return the single conditions in one tensor of an item: (), (K,), (L,) or (C, L)."""
    condition = torch.as_tensor(condition)
    if condition.ndim == 0 or (condition.ndim == 1 and len(condition) == len(x) != 1):
        return [condition]
    if condition.ndim == 1 or (condition.ndim == 2 and condition.shape[1] == len(x)):
        return list(condition.unbind(0))
    raise HandshakeError(
        f"a condition of the dataset has the shape {tuple(condition.shape)} beside an input of {len(x)} samples; "
        "give one number, or one value for each sample"
    )


def _channels(condition: Tensor, batch: int, length: int) -> Tensor:
    """Return one tensor as (B, C, L)."""
    if condition.ndim == 0:
        return condition.expand(batch, 1, length)
    if condition.ndim == 1:
        return condition[:, None, None].expand(-1, 1, length)
    if condition.ndim == 2 and condition.shape[1] == length:
        return condition[:, None]
    if condition.ndim == 2:
        return condition[:, :, None].expand(-1, -1, length)
    if condition.ndim != 3 or condition.shape[2] != length:
        raise ValueError(f"a condition of shape {tuple(condition.shape)} does not go with {length} samples of audio")
    return condition


def _told(names: Sequence[str]) -> str:
    if not any(names):
        return f"{len(names)} condition{'s' * (len(names) != 1)}{' without names' * bool(names)}"
    return ", ".join(name or "(unnamed)" for name in names)
