"""What a trainer is: an engine that takes the built parts of a run and gives the trained net."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nam_kernel.errors import Problem
from nam_kernel.interfaces.loss import LossFunction
from nam_kernel.interfaces.net import BaseNet


@dataclass(frozen=True)
class WeightedLoss:
    """One term of the training loss; a weight of None or 0 means that it is only measured."""

    label: str
    function: LossFunction
    weight: float | None


@dataclass(frozen=True)
class Progress:
    """
    What a validation said: the state of the training, for whoever watches.

    :param epoch: counted from 0
    :param step: counted from 0
    :param metrics: by name, among them ``val_loss`` and ``ESR``
    :param outputs: the same for each output of a net that has several
    """

    epoch: int
    step: int
    metrics: Mapping[str, float]
    outputs: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """
    Everything a trainer needs.

    :param model: the model config, validated; the trainer reads ``optimizer``, ``lr_scheduler`` and the like
    :param learning: the learning config, validated
    :param losses: the terms of the training loss
    :param val_loss: the label of the metric that decides which model is best
    :param mask_first: output samples at the start of every item that no loss looks at
    :param directory: the run directory; exists
    :param improved: to be called after each validation that was the best so far, the net then being the best
        one; the kernel writes it to disk
    :param callbacks: what the plugins' ``nam_callbacks`` gave
    :param resume: go on from the state that ``directory`` holds
    """

    net: BaseNet
    train: Any
    validation: Any | None
    model: Any
    learning: Any
    losses: Sequence[WeightedLoss]
    val_loss: str
    mask_first: int
    directory: Path
    improved: Callable[[BaseNet, Progress], None]
    callbacks: Sequence[Any] = ()
    seed: int = 0
    resume: bool = False


@dataclass(frozen=True)
class Result:
    """
    What came out of a run.

    :param directory: of the run
    :param net: the best one, in eval mode, on the CPU
    :param metrics: of the best model, ``ESR`` and ``val_loss`` among them; empty when nothing was validated
    :param history: one ``Progress`` a validation
    :param files: what the exporters wrote, the most important one first
    :param interrupted: the number of the signal that stopped the run, or None
    :param validation: the validation dataset, or None
    :param stopped: why the training ended before its last epoch, in a sentence, or None
    :param seconds: that the training took
    :param lowest_esr: what the noise of the validation recordings allows at best, or None where it is not known
    :param show, plots: whether the user wants plots in windows, and plots at all
    """

    directory: Path
    net: BaseNet
    metrics: Mapping[str, float]
    outputs: Mapping[str, Mapping[str, float]]
    history: Sequence[Progress]
    files: Sequence[Path] = ()
    best_epoch: int | None = None
    epochs: int = 0
    interrupted: int | None = None
    stopped: str | None = None
    validation: Any | None = None
    seconds: float = 0.0
    device: str = "cpu"
    lowest_esr: float | None = None
    show: bool = False
    plots: bool = True

    @property
    def model_path(self) -> Path | None:
        """The model file, or None when nothing was exported."""
        return self.files[0] if self.files else None


class BaseTrainer(abc.ABC):
    """Base of the trainers."""

    @classmethod
    def problems(cls, model: Mapping[str, Any], learning: Mapping[str, Any]) -> Sequence[tuple[str, Problem]]:
        """
        Find what is wrong in the documents, without training.

        :return: pairs of the document (``"model"`` or ``"learning"``) and the problem
        """
        return ()

    @abc.abstractmethod
    def fit(self, job: Job) -> Result:
        """
        Train.

        A signal that stops the training is not an error: the result says so in ``interrupted``.

        :raises nam_kernel.errors.TrainingError: when the training failed
        """
