"""The net itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from nam_kernel.interfaces import BaseNet
from nam_kernel.testing.examples.net.config import ExampleNetConfig


class ExampleNet(BaseNet):
    """
    An FIR filter: an output sample is a weighted sum of the newest input samples, plus an offset.

    :param taps: the length of the filter in samples
    :param sample_rate: in Hz, or None while it is not known
    """

    def __init__(self, taps: int, sample_rate: float | None = None) -> None:
        super().__init__(sample_rate)
        self.filter = nn.Conv1d(1, 1, taps)

    @property
    def receptive_field(self) -> int:
        """The length of the filter in samples."""
        return self.filter.kernel_size[0]

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> ExampleNet:
        """Make a net from an ``ExampleNetConfig``."""
        return cls(ExampleNetConfig.model_validate(dict(config)).taps)

    def export_config(self) -> dict[str, Any]:
        """Give the keys of ``ExampleNetConfig``; they go into the model file."""
        return {"taps": self.receptive_field}

    def _forward(self, x: Tensor, *_: Tensor) -> Tensor:
        y: Tensor = self.filter(x[:, None])
        return y[:, 0]
