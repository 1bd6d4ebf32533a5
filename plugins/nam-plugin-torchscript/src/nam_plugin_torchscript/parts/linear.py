"""Linear: one impulse response."""

from typing import Any

import torch
from torch import Tensor, nn

from nam_plugin_torchscript.parts.memory import Slots
from nam_plugin_torchscript.parts.weights import Weights


class Linear(nn.Module):
    """
    A convolution of the audio with the weights, the first of which multiplies the newest sample.

    Long blocks of a long response are convolved through their spectra, in float64.
    """

    DIRECT = 2**20
    """Products up to which the sum is taken directly."""

    response: Tensor
    bias: Tensor

    def __init__(self, config: Any, weights: Weights, slots: Slots) -> None:
        super().__init__()
        self.length: int = config["receptive_field"]
        self.direct = self.DIRECT
        self.register_buffer("response", weights.take(self.length))
        self.register_buffer("bias", weights.take(1) if config["bias"] else torch.zeros(1))
        self.slot = slots.take()
        self.inputs = self.outputs = 1

    def forward(self, x: Tensor, memory: list[Tensor]) -> Tensor:
        """Return (B, 1, l) for (B, 1, l)."""
        past = memory[self.slot]
        if past.size(0) == 0:
            past = x[:, :, :1].expand(-1, -1, self.length - 1)
        heard = torch.cat((past, x), 2)
        memory[self.slot] = heard[:, :, x.size(2) :].clone()
        if x.size(2) * self.length <= self.direct:
            return torch.matmul(heard.unfold(2, self.length, 1), self.response.flip(0)) + self.bias
        size = heard.size(2)
        spectrum = torch.fft.rfft(heard.double(), n=size) * torch.fft.rfft(self.response.double(), n=size)
        # The first samples wrap around; those are not asked for.
        convolved: Tensor = torch.fft.irfft(spectrum, n=size)
        return convolved[:, :, self.length - 1 :].to(x.dtype) + self.bias
