"""Datasets made from plain entries, as a run makes them; and the rest of a run: a net, a trainer, two file formats."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from nam_kernel import BaseNet, BaseTrainer, Exporter, Loss, Net, Trainer
from nam_kernel.config import validate
from nam_kernel.errors import ConfigError
from nam_kernel.interfaces import Fit, Job, Observer, Progress
from nam_plugin_wav.config import WavConfig
from nam_plugin_wav.dataset import WavDataset


def config_of(entry: dict[str, Any]) -> WavConfig:
    config, problems = validate(WavConfig, entry)
    if config is None:
        raise ConfigError("the data config", problems)
    return config


def make(entry: dict[str, Any], nx: int = 1) -> WavDataset:
    return WavDataset.init_from_config(config_of(entry), nx=nx)


def check_headers(entry: dict[str, Any], nx: int = 1) -> None:
    WavDataset.check_headers(config_of(entry), nx=nx)


class Gain(BaseNet):
    """The smallest net: a factor."""

    receptive_field = 1

    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(1))

    @classmethod
    def init_from_config(cls, config: Any) -> Gain:
        return cls()

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return self.factor * x

    def export_config(self) -> dict[str, Any]:
        return {}

    def scale_output(self, factor: float) -> None:
        with torch.no_grad():
            self.factor *= factor


class Stubborn(Gain):
    """A net whose output cannot be scaled."""

    def scale_output(self, factor: float) -> None:
        BaseNet.scale_output(self, factor)


class LeastSquares(BaseTrainer):
    """Solves for the factor of a ``Gain``, and remembers the level of what it was trained on."""

    trained_at: ClassVar[list[float]] = []

    def fit(self, job: Job, directory: Path, observe: Observer, *, resume: bool = False) -> Fit:
        x, y = (torch.cat(signals) for signals in zip(*map(job.train.__getitem__, range(len(job.train))), strict=True))
        self.trained_at.append(20 * float(y.square().mean().sqrt().log10()))
        assert isinstance(job.net, Gain)
        with torch.no_grad():
            job.net.factor[:] = (x @ y) / (x @ x)
        progress = Progress(1, 1, {"ESR": 0.0, "val_loss": 0.0}, best=True)
        observe(progress, job.net)
        return Fit(job.net.eval(), progress.metrics, history=[progress], best_epoch=1, epochs=1)


def squared(preds: Tensor, targets: Tensor) -> Tensor:
    return (preds - targets).square().mean()


def write_factor(suffix: str) -> Callable[..., list[Path]]:
    """Return an exporter that writes the weights as JSON."""

    def write(net: BaseNet, outdir: Path, basename: str, metadata: Any) -> list[Path]:
        path = outdir / f"{basename}{suffix}"
        path.write_text(json.dumps(net.export_weights().tolist()))
        return [path]

    return write


RECORDS = (
    Net(name="Gain", target=Gain),
    Net(name="Stubborn", target=Stubborn),
    Loss(name="Square", target=squared, key="square", default=True),
    Trainer(name="least squares", target=LeastSquares, default=True),
    Exporter(name="one", target=write_factor(".one"), suffix=".one", default=True),
    Exporter(name="other", target=write_factor(".other"), suffix=".other"),
)
"""What a run needs beside the data."""
