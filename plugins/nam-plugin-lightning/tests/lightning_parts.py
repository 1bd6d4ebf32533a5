"""Tiny nets and data with which a training takes a second."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nam_kernel.config import LearningConfig, ModelConfig
from nam_kernel.interfaces import BaseDataset, BaseNet, Job
from nam_kernel.interfaces.trainer import WeightedLoss

HISTORY = 4


class TinyNet(BaseNet):
    """A causal filter of four taps."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 1, HISTORY, bias=False)
        nn.init.zeros_(self.conv.weight)
        self.offset: Tensor | float = 0.0

    @property
    def receptive_field(self) -> int:
        return HISTORY

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return self.conv(x[:, None])[:, 0] + self.offset

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> TinyNet:
        return cls()

    def export_config(self) -> dict[str, Any]:
        return {}


class DroppingNet(TinyNet):
    """A net that uses random numbers in training."""

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return super().compute(nn.functional.dropout(x, 0.2, self.training))


class TwoFilters(TinyNet):
    """Two sizes trained together: filters of one tap and of four."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.zeros(()))

    @property
    def outputs(self) -> tuple[str, ...]:
        return ("small", "large")

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return torch.stack((self.gain * x[:, HISTORY - 1 :], super().compute(x)), dim=1)

    def output_state(self, name: str) -> dict[str, Tensor]:
        wanted = "gain" if name == "small" else "conv"
        return {key: value for key, value in self.state_dict().items() if key.startswith(wanted)}

    def load_output_state(self, name: str, state: Mapping[str, Tensor]) -> None:
        self.load_state_dict(dict(state), strict=False)


class Filtered(BaseDataset):
    """Noise, and the same through a known filter."""

    TAPS = (0.1, -0.3, 0.5, 1.0)

    def __init__(self, items: int = 8, ny: int = 64, seed: int = 1) -> None:
        x = torch.randn(items * ny + HISTORY - 1, generator=torch.Generator().manual_seed(seed))
        y = nn.functional.conv1d(x[None, None], torch.tensor(self.TAPS)[None, None])[0, 0]
        self.x, self.y, self._ny, self._items = x, y, ny, items
        self.torn_down = False

    @property
    def nx(self) -> int:
        return HISTORY

    @property
    def ny(self) -> int:
        return self._ny

    @property
    def sample_rate(self) -> float:
        return 48000.0

    def __len__(self) -> int:
        return self._items

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        start = index * self._ny
        return self.x[start : start + self._ny + HISTORY - 1], self.y[start : start + self._ny]

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> Filtered:
        return cls()


def mse(preds: Tensor, targets: Tensor) -> Tensor:
    return (preds - targets).square().mean()


def make_job(directory: Path, **changes: Any) -> Job:
    model = changes.pop("model", {})
    learning = changes.pop("learning", {})
    trainer = {"max_epochs": 3, "accelerator": "cpu", "logger": False, **learning.pop("trainer", {})}
    parts: dict[str, Any] = {
        "net": TinyNet(),
        "train": Filtered(),
        "validation": Filtered(items=1, ny=256, seed=2),
        "model": ModelConfig.model_validate(
            {"net": {"name": "TinyNet"}, "optimizer": {"lr": 0.05}, **model}, context={"base": directory}
        ),
        "learning": LearningConfig.model_validate(
            {"train_dataloader": {"batch_size": 4, "shuffle": True}, **learning, "trainer": trainer}
        ),
        "losses": [WeightedLoss("MSE", mse, 1.0)],
        "val_loss": "ESR",
        "mask_first": 0,
        "directory": directory,
        "improved": lambda net, progress: None,
        "seed": 7,
    }
    return Job(**{**parts, **changes})
