"""A causal convolution that remembers as much of its input as its oldest tap reaches back."""

import torch
from torch import Tensor, nn

from nam_plugin_torchscript.parts.memory import Slots
from nam_plugin_torchscript.parts.weights import Weights


class Convolution(nn.Module):
    """
    A dilated convolution, as one product of a matrix with the taps' inputs above each other.

    That is fast for the few channels of an amplifier, whatever the dilation is. It takes its weights in the order
    (outputs, inputs of a group, kernel), then the bias (outputs); the last tap multiplies the newest sample.

    :raises ValueError: when the groups do not divide the channels
    """

    weight: Tensor
    bias: Tensor

    def __init__(
        self,
        weights: Weights,
        slots: Slots,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        *,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if min(inputs, outputs, kernel, dilation, groups) < 1 or inputs % groups or outputs % groups:
            raise ValueError(f"{groups} groups do not divide a convolution of {inputs} to {outputs} channels")
        taps = weights.take(outputs, inputs // groups, kernel)
        self.register_buffer("weight", side_by_side(taps, groups))
        self.register_buffer("bias", weights.take(outputs, 1) if bias else torch.zeros(outputs, 1))
        self.inputs, self.outputs = inputs, outputs
        self.kernel, self.dilation = kernel, dilation
        self.reach = (kernel - 1) * dilation
        self.slot = slots.take() if self.reach else -1

    def forward(self, x: Tensor, memory: list[Tensor]) -> Tensor:
        """Return the convolution: (B, C, l) to (B, C_out, l)."""
        if self.reach > 0:
            length = x.size(2)
            past = memory[self.slot]
            if past.size(0) == 0:
                past = x[:, :, :1].expand(-1, -1, self.reach)
            heard = torch.cat((past, x), 2)
            memory[self.slot] = heard[:, :, length:].clone()
            taps: list[Tensor] = []
            for k in range(self.kernel):
                taps.append(heard[:, :, k * self.dilation : k * self.dilation + length])
            x = torch.cat(taps, 1)
        return torch.matmul(self.weight, x) + self.bias


def side_by_side(taps: Tensor, groups: int) -> Tensor:
    """Return a kernel as a matrix, oldest tap first: (O, C / groups, kernel) to (O, kernel * C)."""
    outputs, narrow, kernel = taps.shape
    whole = taps.new_zeros(outputs, kernel, narrow * groups)
    high = outputs // groups
    for g in range(groups):
        rows = slice(g * high, (g + 1) * high)
        whole[rows, :, g * narrow : (g + 1) * narrow] = taps[rows].transpose(1, 2)
    return whole.reshape(outputs, kernel * narrow * groups)
