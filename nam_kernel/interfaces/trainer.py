"""What a trainer is: an engine that takes the built parts of a run and returns the trained net."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nam_kernel.errors import Problem, UserError
from nam_kernel.interfaces.dataset import BaseDataset
from nam_kernel.interfaces.findings import Finding
from nam_kernel.interfaces.loss import WeightedLoss
from nam_kernel.interfaces.net import BaseNet
from nam_kernel.quality import ESR

if TYPE_CHECKING:
    from nam_kernel.config import ModelConfig

Metrics = Mapping[str, float]


@dataclass(frozen=True)
class Progress:
    """
    The state of the training at one validation.

    :param epoch: the current one, counted from 1
    :param step: optimizer steps so far
    :param metrics: by name, ``val_loss`` and ``ESR`` among them; empty for a training without a validation
    :param outputs: the same for each output of a net that has several
    :param best: whether this was the best validation so far
    :param epochs: that are planned, or None where there is no such plan
    :param steps: that are planned, or None where there is no such plan
    """

    epoch: int
    step: int
    metrics: Metrics
    outputs: Mapping[str, Metrics] = field(default_factory=dict)
    best: bool = False
    epochs: int | None = None
    steps: int | None = None


Observer = Callable[[Progress, BaseNet | None], bool]
"""
To be called after each validation with its progress and, when it was the best one so far, the net with its best
weights, which the kernel then writes to disk. It returns False to ask for an end of the training.
"""


@dataclass(frozen=True)
class Job:
    """
    What is to be trained.

    :param model: the trainer reads ``optimizer``, ``lr_scheduler`` and ``checkpoint_path``
    :param losses: the terms of the training loss
    :param val_loss: the label of the metric that decides which model is best
    :param mask_first: output samples at the start of every item that no loss considers
    """

    net: BaseNet
    train: BaseDataset
    validation: BaseDataset | None
    model: ModelConfig
    losses: Sequence[WeightedLoss]
    val_loss: str
    mask_first: int = 0
    seed: int = 0


@dataclass(frozen=True)
class Fit:
    """
    What a trainer returns.

    :param net: the best one, in eval mode, on the CPU
    :param metrics: of the best model, ``ESR`` and ``val_loss`` among them; empty when nothing was validated
    :param outputs: the same for each output of a net that has several
    :param history: one ``Progress`` for each validation
    :param best_epoch: counted from 1, or None when nothing was learned
    :param epochs: that were completed
    :param interrupted: the number of the signal that stopped the training, or None
    :param stopped: why the training ended before its last epoch, in a sentence, or None
    :param seconds: the duration of the training
    :param device: on which it ran
    """

    net: BaseNet
    metrics: Metrics = field(default_factory=dict)
    outputs: Mapping[str, Metrics] = field(default_factory=dict)
    history: Sequence[Progress] = ()
    best_epoch: int | None = None
    epochs: int = 0
    interrupted: int | None = None
    stopped: str | None = None
    seconds: float = 0.0
    device: str = "cpu"


@dataclass(frozen=True)
class Proof:
    """
    The comparison of a written file, played by an independent program, with the net it was made of.

    :param file: its name
    :param error: the largest difference, relative to the peak; None for a file that nothing independent plays
    :param passed: whether that is within the tolerance; None for a file that is unproven
    :param told: what was compared, or why it was not
    """

    file: str
    error: float | None
    passed: bool | None
    told: str = ""

    def plain(self) -> dict[str, Any]:
        """Return what the metadata of the file says of its proof."""
        return {"largest_error": self.error, "played": self.told}


@dataclass(frozen=True, kw_only=True, repr=False)
class Result(Fit):
    """
    What came out of a run: what the trainer returned, its net at the level of the recordings, and what became of it.

    :param directory: of the run
    :param files: what the exporters wrote, the most important one first
    :param proofs: one for each exporter
    :param findings: everything that was found before the training
    :param told: what the observers have to say, in sentences: where the listening page is, for one
    """

    directory: Path
    files: Sequence[Path] = ()
    proofs: Sequence[Proof] = ()
    findings: Sequence[Finding] = ()
    told: Sequence[str] = ()

    @property
    def model_path(self) -> Path | None:
        """The model file, or None when nothing was exported."""
        return self.files[0] if self.files else None

    def __repr__(self) -> str:
        esr = self.metrics.get(ESR)
        told = "" if esr is None else f", ESR={esr:.4g}"
        return f"Result({str(self.directory)!r}{told}, epochs={self.epochs}, files={[f.name for f in self.files]})"


class BaseTrainer(abc.ABC):
    """
    Base of the trainers.

    A trainer is made from its config as any component: the keys of the learning config that are not the kernel's.
    """

    measures: Sequence[str] = ()
    """Names of the metrics of every validation whatever the losses are, any of which may be the ``val_loss``."""

    shows_progress = False
    """Whether the engine itself shows a person how far it is, in the style of ``run.options.progress``."""

    @classmethod
    def init_from_config(cls, config: Any) -> BaseTrainer:
        """Return a new trainer; ``config`` is an instance of the model that its record names."""
        return cls()

    def problems(self, model: ModelConfig) -> Sequence[tuple[Literal["model", "learning"], Problem]]:
        """Return what is wrong in the documents, each problem with the document that it is in, without training."""
        return ()

    def findings(self, job: Job) -> Iterable[Finding]:
        """Return what would go wrong with the built parts, and what is worth knowing, without training."""
        return ()

    def plan(self, job: Job) -> Sequence[tuple[str, str]]:
        """Return what the trainer would do, steps and devices, as rows (label, value) for people."""
        return ()

    def with_epochs(self, total: int) -> BaseTrainer:
        """
        Return a trainer that does the same until so many epochs are complete, those before a resumption included.

        :raises UserError: when this kind of trainer does not count epochs
        """
        raise UserError(f"{type(self).__name__} does not count epochs; change its config instead")

    @abc.abstractmethod
    def fit(self, job: Job, directory: Path, observe: Observer, *, resume: bool = False) -> Fit:
        """
        Train.

        A signal that stops the training is not an error: ``Fit.interrupted`` holds its number.

        :param directory: of the run; exists, and is the trainer's to keep its own state in
        :param observe: to be called after each validation
        :param resume: go on from the state in ``directory``
        :raises nam_kernel.errors.TrainingError: when the training failed
        """
