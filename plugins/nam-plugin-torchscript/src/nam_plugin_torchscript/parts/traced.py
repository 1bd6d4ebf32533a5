"""A net of which only its output is known: what it did with one signal was recorded, and is done with others."""

import torch
from torch import Tensor, nn

from nam_plugin_torchscript.parts.memory import Slots


class Traced(nn.Module):
    """
    A recorded net without a state, which is given as much of its past as it reaches back.

    :param net: traced; takes audio (B, L) and conditions (B, K, L), returns (B, L - R + 1)
    :param reach: R - 1
    """

    def __init__(self, net: nn.Module, slots: Slots, reach: int, conditions: int) -> None:
        super().__init__()
        self.net = net
        self.reach = reach
        self.slot = slots.take()
        self.inputs, self.outputs = 1 + conditions, 1

    def forward(self, x: Tensor, memory: list[Tensor]) -> Tensor:
        """Return (B, 1, l) for (B, 1 + K, l)."""
        past = memory[self.slot]
        if past.size(0) == 0:
            past = x[:, :, :1].expand(-1, -1, self.reach)
        heard = torch.cat((past, x), 2)
        memory[self.slot] = heard[:, :, x.size(2) :].clone()
        y: Tensor = self.net(heard[:, 0], heard[:, 1:])
        return y.unsqueeze(1)
