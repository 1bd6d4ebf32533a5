"""Nets so small that what they compute can be written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from nam_kernel import Net
from nam_kernel.config import Config, PositiveInt
from nam_kernel.interfaces import BaseNet


class FirConfig(Config):
    taps: PositiveInt
    conditions: bool = False


class Fir(BaseNet):
    """A filter; with a condition, the output is multiplied by it."""

    def __init__(self, taps: int, conditions: bool = False, sample_rate: float | None = None) -> None:
        super().__init__(sample_rate)
        self.conv = nn.Conv1d(1, 1, taps, bias=False)
        self.conditions = conditions

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> Fir:
        return cls(**config)

    @property
    def receptive_field(self) -> int:
        return self.conv.kernel_size[0]

    @property
    def condition_names(self) -> tuple[str, ...]:
        return ("gain",) if self.conditions else ()

    def export_config(self) -> dict[str, Any]:
        return {"taps": self.receptive_field}

    def multiply_adds(self) -> int:
        return self.receptive_field

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        y = self.conv(x[:, None])[:, 0]
        for condition in conditions:
            y = y * condition[:, -y.shape[1] :]
        return y


class Noisy(Fir):
    """A filter that adds noise in training."""

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        y = super().compute(x, *conditions)
        return y + torch.randn_like(y) if self.training else y


class Echoing(Fir):
    """A filter that renders in pieces of its own length."""

    def blocks(self, x, *conditions, size=65536):
        yield from super().blocks(x, *conditions, size=7)


FIR = Net(name="Fir", target=Fir, config=FirConfig, architectures=("Fir",))


def fir(*taps: float, kind: type[Fir] = Fir, **more: Any) -> Fir:
    """Make a filter; the last tap multiplies the newest sample."""
    net = kind(len(taps), **more)
    with torch.no_grad():
        net.conv.weight.copy_(torch.tensor(taps))
    return net
