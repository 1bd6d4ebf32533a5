"""Nets so small that what they compute can be written down."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from nam_kernel import Condition, Net
from nam_kernel.config import Config, PositiveInt
from nam_kernel.interfaces import BaseNet, over_time


class FirConfig(Config):
    taps: PositiveInt
    high: float | None = None


class Fir(BaseNet):
    """A filter; with a condition, the output is multiplied by it."""

    def __init__(self, taps: int, high: float | None = None, sample_rate: float | None = None) -> None:
        super().__init__(sample_rate)
        self.conv = nn.Conv1d(1, 1, taps, bias=False)
        self.high = high

    @classmethod
    def init_from_config(cls, config: FirConfig) -> Fir:
        return cls(config.taps, config.high)

    @property
    def receptive_field(self) -> int:
        return self.conv.kernel_size[0]

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return () if self.high is None else (Condition("gain", high=self.high),)

    def export_config(self) -> dict[str, Any]:
        return {"taps": self.receptive_field}

    def multiply_adds(self) -> int:
        return self.receptive_field

    def scale_output(self, factor: float) -> None:
        with torch.no_grad():
            self.conv.weight.mul_(factor)

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        y: Tensor = self.conv(x[:, None])[:, 0]
        gain = over_time(x, conditions, len(self.conditions))[:, :, -y.shape[1] :]
        return y * gain[:, 0] if self.conditions else y


class Loud(Fir):
    """A filter whose level cannot be changed."""

    def scale_output(self, factor: float) -> None:
        BaseNet.scale_output(self, factor)


class Summing(Fir):
    """A filter of the sum of all samples so far, which it keeps as its state."""

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return super().compute(x.cumsum(1), *conditions)

    def stream(self, forward: Any = None) -> SummingStream:
        return SummingStream(self.conv.weight.detach())


class SummingStream:
    """The stream of a ``Summing`` of one tap."""

    def __init__(self, weight: Tensor) -> None:
        self.weight, self.sum = weight.flatten(), torch.zeros(1)

    def feed(self, x: Tensor, *conditions: Tensor | float) -> Tensor:
        sums = self.sum + x.cumsum(0)
        self.sum = sums[-1:]
        return self.weight * sums


FIR = Net(name="Fir", target=Fir, config=FirConfig, architectures=("Fir",))


def fir(*taps: float, kind: type[Fir] = Fir, **more: Any) -> Fir:
    """Return a filter; the last tap multiplies the newest sample."""
    net = kind(len(taps), **more)
    with torch.no_grad():
        net.conv.weight.copy_(torch.tensor(taps))
    return net
