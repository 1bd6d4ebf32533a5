"""The net itself."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from nam_devkit.examples.net.config import ExampleNetConfig
from nam_kernel.interfaces import BaseNet


class ExampleNet(BaseNet):
    """
    An FIR filter: an output sample is a weighted sum of the newest input samples, plus an offset.

    :param taps: the length of the filter in samples
    """

    def __init__(self, taps: int) -> None:
        super().__init__()
        self.filter = nn.Conv1d(1, 1, taps)

    @property
    def receptive_field(self) -> int:
        """The length of the filter in samples."""
        return self.filter.kernel_size[0]

    @classmethod
    def init_from_config(cls, config: ExampleNetConfig) -> ExampleNet:
        """Return a new net."""
        return cls(config.taps)

    def export_config(self) -> dict[str, Any]:
        """Return the keys of ``ExampleNetConfig``; they go into the model file."""
        return {"taps": self.receptive_field}

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        """Return (B, L - taps + 1) for (B, L)."""
        y: Tensor = self.filter(x[:, None])
        return y[:, 0]

    def scale_output(self, factor: float) -> None:
        """Multiply the filter and its offset."""
        with torch.no_grad():
            for parameter in self.filter.parameters():
                parameter.mul_(factor)
