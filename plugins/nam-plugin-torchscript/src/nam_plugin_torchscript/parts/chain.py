"""Nets one after the other, each hearing the one before it."""

from collections.abc import Sequence

from torch import Tensor, nn


class Chain(nn.Module):
    """
    A chain of nets.

    :raises ValueError: when one takes other channels than the one before it gives
    """

    def __init__(self, nets: Sequence[nn.Module]) -> None:
        super().__init__()
        for i in range(1, len(nets)):
            if nets[i - 1].outputs != nets[i].inputs:
                raise ValueError(f"models[{i}] takes other channels than the one before it gives")
        self.nets = nn.ModuleList(nets)
        self.inputs, self.outputs = nets[0].inputs, nets[-1].outputs

    def forward(self, x: Tensor, memory: list[Tensor]) -> Tensor:
        """Return (B, C_out, l) for (B, C, l)."""
        for net in self.nets:
            x = net(x, memory)
        return x
