"""
State dicts of the packed nets of 0.13, cut into the sizes.

There all sizes are one WaveNet, each tensor of which holds those of the sizes as blocks, one after the other in every
dimension; the input of the first convolutions is shared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from torch import Size, Tensor, nn

from nam.models.wavenet._public import WaveNet

_OLDER = "_net."


def cut_into_sizes(state_dict: dict[str, Any], prefix: str, nets: Sequence[nn.Module]) -> None:
    """
    Replace the entries of a packed net by those of its sizes, in place; without such entries nothing changes.

    An entry that does not hold a block for each size is handed to all of them as it is, for torch to refuse.

    :param nets: the WaveNets, in their order
    """
    own = [net.state_dict() for net in nets]
    older = [key for key in state_dict if key.startswith(prefix + _OLDER)]
    for key in older:
        packed, name = state_dict.pop(key), WaveNet.newer_key(key.removeprefix(prefix))
        if key.endswith("._weight_mask"):
            continue
        shapes = [state[name].shape if name in state else packed.shape for state in own]
        for i, block in enumerate(_blocks(packed, shapes)):
            state_dict[f"{prefix}nets.{i}.{name}"] = block
    for i, state in enumerate(own if older else ()):
        state_dict.setdefault(f"{prefix}nets.{i}.network.head_scale", state["network.head_scale"])


def _blocks(packed: Tensor, shapes: Sequence[Size]) -> Iterator[Tensor]:
    """Yield the block of each size: along a dimension in which all blocks fit, those before it are skipped."""
    totals = [sum(sizes) for sizes in zip(*shapes, strict=True)]
    for i, shape in enumerate(shapes):
        block = packed
        for dim, (size, total, there) in enumerate(zip(shape, totals, packed.shape, strict=False)):
            start = sum(s[dim] for s in shapes[:i]) if there == total else 0
            block = block.narrow(dim, start, size) if there in (size, total) else block
        yield block.clone()
