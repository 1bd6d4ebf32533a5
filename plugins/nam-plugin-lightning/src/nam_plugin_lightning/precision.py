"""The types of a net's weights: a training may hold them in others than those in which the model is written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

Types = Mapping[str, torch.dtype]


def types_of(net: nn.Module) -> Types:
    """Return the type of each parameter and buffer, by name."""
    return {name: tensor.dtype for name, tensor in _tensors(net)}


def restore_types(net: nn.Module, types: Types) -> None:
    """Convert the weights of ``net`` to the types that they had."""
    for tensor, dtype in _changed(net, types):
        tensor.data = tensor.data.to(dtype)


@contextlib.contextmanager
def in_types(net: nn.Module, types: Types) -> Iterator[None]:
    """Have the weights in the types that they had, while the block runs; then ``net`` has the very weights back."""
    changed = _changed(net, types)
    own = [tensor.data for tensor, _ in changed]
    restore_types(net, types)
    try:
        yield
    finally:
        for (tensor, _), data in zip(changed, own, strict=True):
            tensor.data = data


def _changed(net: nn.Module, types: Types) -> list[tuple[Tensor, torch.dtype]]:
    found = [(tensor, types.get(name, tensor.dtype)) for name, tensor in _tensors(net)]
    return [(tensor, dtype) for tensor, dtype in found if tensor.dtype != dtype]


def _tensors(net: nn.Module) -> Iterator[tuple[str, Tensor]]:
    yield from net.named_parameters()
    yield from net.named_buffers()
