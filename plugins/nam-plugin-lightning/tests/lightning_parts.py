"""Tiny nets, data and callbacks with which a training takes a second."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from nam_kernel.config import ModelConfig
from nam_kernel.interfaces import BaseDataset, BaseNet, Job, Observer, Result, WeightedLoss
from nam_plugin_lightning.callbacks import Stopped
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.engine import LightningTrainer

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
    def init_from_config(cls, config: Mapping[str, Any], *, nx: int = HISTORY) -> Filtered:
        return cls()


ERRORS: dict[str, BaseException] = {
    "StopIteration": StopIteration(3),
    "SystemExit": SystemExit(0),
    "KeyboardInterrupt": KeyboardInterrupt(),
    "GeneratorExit": GeneratorExit(),
    "FileNotFoundError": FileNotFoundError(2, "No such file or directory", "/elsewhere/take.wav"),
    "ValueError": ValueError("a bad take"),
}
"""What a component may raise, by name; no two of them are treated alike by Python, torch and Lightning."""


class Broken(Filtered):
    """Data of which one item cannot be read."""

    def __init__(self, error: str, item: int = 5, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.error, self.item = error, item

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        if index == self.item:
            raise ERRORS[self.error]
        return super().__getitem__(index)


class BrokenNet(TinyNet):
    """A net that fails, in training or in validation."""

    def __init__(self, error: str, training: bool) -> None:
        super().__init__()
        self.error, self.fails_in_training = error, training

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        if self.training == self.fails_in_training:
            raise ERRORS[self.error]
        return super().compute(x)


class BrokenCallback(pl.Callback):
    """Fails in one of Lightning's hooks."""

    def __init__(self, hook: str, error: str) -> None:
        self.error = error
        setattr(self, hook, self.fail)

    def fail(self, *_: Any, **__: Any) -> None:
        raise ERRORS[self.error]


class BrokenLogger(pl.loggers.CSVLogger):
    """Fails in one of its methods, or where it makes its experiment."""

    def __init__(self, save_dir: str, place: str, error: str) -> None:
        super().__init__(save_dir)
        self.place, self.error = place, error
        if place != "experiment":
            setattr(self, place, self.fail)

    def fail(self, *_: Any, **__: Any) -> None:
        raise ERRORS[self.error]

    @property
    def experiment(self) -> Any:
        if self.place == "experiment":
            raise ERRORS[self.error]
        return super().experiment


class Weighing(nn.Module):
    """A loss that is a module, with a tensor of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("weight", torch.tensor(1.0))
        self.devices: list[str] = []

    def _apply(self, function: Any, recurse: bool = True) -> Weighing:
        self.devices.append(str(function(torch.zeros(())).device))
        return self

    def forward(self, preds: Tensor, targets: Tensor) -> Tensor:
        return self.weight * (preds - targets).square().mean()


class StopAt(pl.Callback):
    """Ends the training as a signal would, before a batch of an epoch."""

    def __init__(self, epoch: int, batch: int) -> None:
        self.at = (epoch, batch)

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        if (trainer.current_epoch, batch_idx) == self.at:
            raise Stopped(2)


class SendSignal(pl.Callback):
    """Sends a signal to this very process from one of Lightning's hooks, in an epoch."""

    def __init__(self, number: int, hook: str, epoch: int) -> None:
        self.number = number
        self.epoch = epoch
        setattr(self, hook, self.send)

    def send(self, trainer: Any, *_: Any) -> None:
        if trainer.current_epoch == self.epoch:
            os.kill(os.getpid(), self.number)


class CountEpochs(pl.Callback):
    """Counts the epochs of every training."""

    count: ClassVar[int] = 0

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        CountEpochs.count += 1


FORWARDS: list[tuple[tuple[int, ...], bool]] = []
"""The shapes that an accelerator was given, and whether a gradient was wanted."""

PICKLED: list[tuple[list[str], bytes]] = []
"""The keys of a module's state dict and the module itself, pickled, at the start of its training."""


class Derived(LightningTrainer):
    """An engine of another plugin."""


def named(kind: type[pl.Callback], **arguments: Any) -> dict[str, Any]:
    """How ``trainer.callbacks`` names one of the callbacks above."""
    return {"class_path": f"lightning_parts.{kind.__name__}", "init_args": arguments}


def mse(preds: Tensor, targets: Tensor) -> Tensor:
    return (preds - targets).square().mean()


@dataclass
class Training:
    """An engine with everything that its ``fit`` takes."""

    engine: LightningTrainer
    job: Job
    directory: Path
    observe: Observer
    resume: bool


def make_training(directory: Path, **changes: Any) -> Training:
    model = changes.pop("model", {})
    learning = dict(changes.pop("learning", {}))
    trainer = {"max_epochs": 3, "accelerator": "cpu", "logger": False, **learning.pop("trainer", {})}
    engine = changes.pop("engine", LightningTrainer)
    config = LightningConfig.model_validate(
        {"train_dataloader": {"batch_size": 4, "shuffle": True}, **learning, "trainer": trainer}
    )
    observe = changes.pop("observe", lambda progress, best: True)
    resume = changes.pop("resume", False)
    parts: dict[str, Any] = {
        "net": TinyNet(),
        "train": Filtered(),
        "validation": Filtered(items=1, ny=256, seed=2),
        "model": ModelConfig.model_validate(
            {"net": {"name": "TinyNet"}, "optimizer": {"lr": 0.05}, **model}, context={"base": directory}
        ),
        "losses": [WeightedLoss("MSE", mse, 1.0)],
        "val_loss": "ESR",
        "seed": 7,
    }
    return Training(engine.init_from_config(config), Job(**{**parts, **changes}), directory, observe, resume)


def fit(training: Training) -> Result:
    """Train; the result as the kernel would return it, without files."""
    found = training.engine.fit(training.job, training.directory, training.observe, resume=training.resume)
    return Result(**vars(found), directory=training.directory)


LENGTHS: list[tuple[int, int]] = []
"""The steps that a scheduler was asked for, each with the length of the training that it was told."""
