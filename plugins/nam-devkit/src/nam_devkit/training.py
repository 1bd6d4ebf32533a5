"""
The small job on which trainers are tried: an FIR filter that learns a soft clipper.

The metrics of a validation are computed here once more, from the net that the trainer hands over.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from nam_devkit.examples.dataset.config import ExampleDatasetConfig
from nam_devkit.examples.dataset.dataset import ExampleDataset
from nam_devkit.law import require, seeded
from nam_devkit.subjects import TrainerSubject, example_net
from nam_kernel.config import ModelConfig
from nam_kernel.interfaces import BaseNet, Fit, Job, Progress, WeightedLoss

TAPS = 8
"""Of the FIR filter."""

MASKED = 64
"""Samples at the start of each item that no loss considers, where that is tried."""

LABEL = "squared error"
"""Of the loss, by which the best net is chosen."""


class Spoilt(ExampleDataset):
    """A dataset whose items have other targets in the samples that may be masked."""

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        x, y = super().__getitem__(index)
        return x, torch.cat((1.0 - y[:MASKED], y[MASKED:]))


@dataclass
class Training:
    """
    A training as an observer sees it.

    :param result: what the trainer returned
    :param seen: what it reported
    :param esrs: for each validation at which a net was handed over its error-to-signal ratio, else None
    """

    result: Fit
    seen: list[Progress] = field(default_factory=list)
    esrs: list[float | None] = field(default_factory=list)


def job(subject: TrainerSubject, *, spoilt: bool = False, mask_first: int = 0) -> Job:
    """Return the job, the same every time."""
    with seeded(0):
        net = example_net()(TAPS)
    net.sample_rate = 48000.0
    data = Spoilt if spoilt else ExampleDataset
    return Job(
        net=net,
        train=data(ExampleDatasetConfig(ny=256, items=16, drive=2.0), TAPS),
        validation=ExampleDataset(ExampleDatasetConfig(ny=2048, items=1, drive=2.0, seed=1), TAPS),
        model=ModelConfig.model_validate({"net": {"name": "ExampleNet", "config": {"taps": TAPS}}, **subject.model}),
        losses=[WeightedLoss(LABEL, squared_error, 1.0)],
        val_loss=LABEL,
        mask_first=mask_first,
        seed=3,
    )


def train(
    subject: TrainerSubject, given: Job, name: str = "run", *, until: int | None = None, resume: bool = False
) -> Training:
    """
    Return a training by a new trainer.

    :param name: of the run directory
    :param until: the number of validations after which the observer asks for an end
    """
    directory = subject.folder / name
    directory.mkdir(exist_ok=True)
    seen: list[Progress] = []
    esrs: list[float | None] = []

    def observe(progress: Progress, best: BaseNet | None) -> bool:
        seen.append(progress)
        esrs.append(None if best is None else esr_of(best))
        return until is None or len(seen) < until

    fit = subject.build().fit(given, directory, observe, resume=resume)
    require(isinstance(fit, Fit), f"fit returned {fit!r}; return a Fit")
    return Training(fit, seen, esrs)


def esr_of(net: Any) -> float:
    """Return the error-to-signal ratio of a net over the validation data of the job."""
    data = ExampleDataset(ExampleDatasetConfig(ny=2048, items=1, drive=2.0, seed=1), TAPS)
    x, y = data[0]
    still = copy.deepcopy(net).cpu().eval()
    with torch.no_grad():
        preds = still(x[None], pad_start=False)[0]
    return float((preds - y).square().sum() / y.square().sum())


def apart(net: Any, other: Any) -> float:
    """Return the largest difference of two nets' weights, relative to the largest weight."""
    one, two = (torch.from_numpy(n.export_weights()) for n in (net, other))
    return float((one - two).abs().max() / two.abs().max())


def squared_error(preds: Tensor, targets: Tensor) -> Tensor:
    """Return the mean of the squared error: ()."""
    return (preds - targets).square().mean()
