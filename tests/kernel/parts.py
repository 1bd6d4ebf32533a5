"""Components with which the kernel is tested alone: a gain as net, noise as data, a loss, a file format, a trainer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn

from nam_kernel import BaseDataset, BaseNet, BaseTrainer, Condition
from nam_kernel.config import Config, PositiveInt
from nam_kernel.files import atomic_write_text
from nam_kernel.interfaces import Fit, Job, Observer, Progress, unpack_batch

RATE = 1000.0


class GainConfig(Config):
    knobs: list[str] = Field(default_factory=list)


class GainNet(BaseNet):
    """y = gain x + sum of the knobs, a receptive field of two samples of which the older counts nothing."""

    def __init__(self, config: GainConfig) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor([0.1, 0.0]))
        self.knobs = list(config.knobs)
        self.weights = nn.Parameter(torch.zeros(len(self.knobs)))

    @property
    def receptive_field(self) -> int:
        return 2

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return tuple(Condition(name, 0, 10) for name in self.knobs)

    @classmethod
    def init_from_config(cls, config: GainConfig) -> GainNet:
        return cls(config)

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        y = self.gain[0] * x[:, 1:] + self.gain[1] * x[:, :-1]
        for weight, condition in zip(self.weights, conditions, strict=True):
            y = y + weight * (condition[:, None] if condition.ndim == 1 else condition[:, 1:])
        return y

    def export_config(self) -> dict[str, Any]:
        return {"knobs": self.knobs}

    def scale_output(self, factor: float) -> None:
        with torch.no_grad():
            self.gain *= factor
            self.weights *= factor


class NoiseConfig(Config):
    items: PositiveInt = 4
    ny: PositiveInt = 64
    gain: float = 0.5
    knobs: dict[str, float] = Field(default_factory=dict)
    """By name: the factor with which the knob is added to the output."""


class NoiseDataset(BaseDataset):
    """Noise, and as the output its multiple plus constants that the knobs say."""

    def __init__(self, config: NoiseConfig, nx: int) -> None:
        self.config, self._nx = config, nx
        self.torn_down = 0
        dice = torch.Generator().manual_seed(1)
        self.x = torch.rand(config.items, config.ny + nx - 1, generator=dice) - 0.5
        self.values = 10 * torch.rand(config.items, len(config.knobs), generator=dice)
        factors = torch.tensor(list(config.knobs.values()))
        self.y = config.gain * self.x[:, nx - 1 :] + (self.values * factors).sum(1, keepdim=True)

    @classmethod
    def init_from_config(cls, config: NoiseConfig, *, nx: int) -> NoiseDataset:
        return cls(config, nx)

    @property
    def nx(self) -> int:
        return self._nx

    @property
    def ny(self) -> int:
        return self.config.ny

    @property
    def sample_rate(self) -> float:
        return RATE

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return tuple(Condition(name, 0, 10) for name in self.config.knobs)

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        return (self.x[index], *self.values[index], self.y[index])

    def scale_output(self, factor: float) -> None:
        self.y = self.y * factor

    def fingerprint(self) -> dict[str, str | int | float]:
        return {"items": len(self), "gain": self.config.gain}

    def teardown(self) -> None:
        self.torn_down += 1


def squared(preds: Tensor, targets: Tensor) -> Tensor:
    return (preds - targets).square().mean()


class LoopConfig(Config):
    steps: PositiveInt
    lr: float = 0.05


class Loop(BaseTrainer):
    """Gradient descent on all items at once, validating after every tenth step."""

    measures = ("ESR",)

    def __init__(self, config: LoopConfig) -> None:
        self.config = config

    @classmethod
    def init_from_config(cls, config: LoopConfig) -> Loop:
        return cls(config)

    def plan(self, job: Job) -> Sequence[tuple[str, str]]:
        return [("steps", str(self.config.steps))]

    def fit(self, job: Job, directory: Path, observe: Observer, *, resume: bool = False) -> Fit:
        optimizer = torch.optim.Adam(job.net.parameters(), lr=self.config.lr)
        items = [job.train[i] for i in range(len(job.train))]
        batch = unpack_batch([torch.stack(parts) for parts in zip(*items, strict=True)])
        history: list[Progress] = []
        for step in range(1, self.config.steps + 1):
            preds = job.net(batch.x, *batch.conditions, pad_start=False)
            terms = [(term.weight, term(preds, batch.y, batch)) for term in job.losses if term.weight]
            optimizer.zero_grad()
            torch.stack([weight * value for weight, value in terms]).sum().backward()
            optimizer.step()
            if step % 10 == 0:
                esr = float((preds - batch.y).detach().square().sum() / batch.y.square().sum())
                history.append(Progress(len(history) + 1, step, {"ESR": esr, "val_loss": esr}, best=True))
                if not observe(history[-1], job.net):
                    break
        metrics = history[-1].metrics if history else {}
        return Fit(job.net.eval(), metrics, history=history, best_epoch=len(history), epochs=len(history))


def write_text(net: BaseNet, outdir: Path, basename: str, metadata: Any) -> list[Path]:
    path = outdir / f"{basename}.gain"
    document = {"weights": net.export_weights().tolist(), "metadata": dict(metadata)}
    atomic_write_text(path, json.dumps(document))
    return [path]


HOOKS = """
from nam_kernel import Dataset, Exporter, Loss, Net, Trainer, hookimpl

@hookimpl
def nam_nets():
    return [Net(name="Gain", target="parts:GainNet", config="parts:GainConfig", architectures=("GainNet",))]

@hookimpl
def nam_datasets():
    return [Dataset(name="noise", target="parts:NoiseDataset", config="parts:NoiseConfig", default=True)]

@hookimpl
def nam_losses():
    return [Loss(name="Square", target="parts:squared", key="square", default=True)]

@hookimpl
def nam_exporters():
    return [Exporter(name="text", target="parts:write_text", suffix=".gain", default=True)]

@hookimpl
def nam_trainers():
    return [Trainer(name="loop", target="parts:Loop", config="parts:LoopConfig", default=True)]
"""
"""The hook module of a plugin that offers all of them, each used by default."""


def documents(**changes: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Return the three documents of a run that learns the gain in fifty steps."""
    given: dict[str, Any] = {
        "data": {"train": {}, "validation": {}},
        "model": {"net": {"name": "Gain"}},
        "learning": {"steps": 50},
    }
    return tuple({**document, **changes.get(name, {})} for name, document in given.items())
