"""The sizes that a player can play of a model: those of a container, or those that a net can be cut to."""

from __future__ import annotations

from dataclasses import dataclass

from nam_kernel.errors import UserError
from nam_kernel.interfaces import BaseNet

STEPS = 60
"""Positions of the size control that are tried; a file has a handful of sizes, at multiples of simple fractions."""


@dataclass(frozen=True)
class Size:
    """
    One size of a model.

    :param name: empty where the model has one size only
    :param control: the lowest position of the player's size control that was found to play it
    """

    name: str
    control: float
    net: BaseNet


def sizes_of(net: BaseNet) -> list[Size]:
    """Return the sizes of a model, the smallest first; of one that has a single size that one."""
    found: dict[tuple[int, int], tuple[float, BaseNet]] = {}
    try:
        for step in range(STEPS + 1):
            cut = net.at_size(step / STEPS)
            found.setdefault((cut.parameter_count(), cut.receptive_field), (step / STEPS, cut.eval()))
    except UserError:
        return [Size("", 1.0, net)]
    names = net.outputs if len(net.outputs) == len(found) else [f"size {control:.2f}" for control, _ in found.values()]
    return [Size(name, control, cut) for name, (control, cut) in zip(names, found.values(), strict=True)]
