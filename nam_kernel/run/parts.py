"""What a run is made of, before it starts: the documents, checked, and the parts that they name, built."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from nam_kernel.config import DataConfig, LearningConfig, ModelConfig, RunConfig
from nam_kernel.interfaces import BaseDataset, BaseNet, BaseTrainer, Finding, Job, WeightedLoss
from nam_kernel.interfaces.dataset import teardown_all
from nam_kernel.run.build import Bound
from nam_kernel.run.objective import Objective


@dataclass(frozen=True)
class Options:
    """
    What the caller wishes beside the training.

    :param show: show the plots in windows
    :param plots: draw plots
    :param exports: names of exporters beside those of the model config
    :param progress: how to show it: as a bar, as one line a minute, or as JSON lines on stdout, which is then for
        nothing else; None for a bar on a terminal and lines elsewhere
    """

    show: bool = False
    plots: bool = True
    exports: Sequence[str] = ()
    progress: Literal["bar", "lines", "json"] | None = None


@dataclass(frozen=True)
class Checked:
    """The three documents, valid, with every component that they name found and its config checked."""

    config: RunConfig
    data: DataConfig
    model: ModelConfig
    learning: LearningConfig
    net: Bound | None
    objective: Objective
    exporters: tuple[Bound, ...]
    trainer: Bound
    notes: tuple[str, ...]


@dataclass
class Prepared:
    """
    A run that can start: its built parts, and what was found about them.

    :param parts: the components of net and data by the part that they play, for the record of the run
    :param joint: the entries of the data config's ``joint`` that nobody has carried out yet
    :param findings: everything that was found so far
    :param output_factor: by which the ``y`` of all data was multiplied; every export divides by it
    :param directory: of the run, once it has started
    """

    checked: Checked
    net: BaseNet
    trainer: BaseTrainer
    train: BaseDataset
    validation: BaseDataset | None
    parts: dict[str, Bound]
    joint: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    losses: list[WeightedLoss] = field(default_factory=list)
    options: Options = Options()
    output_factor: float = 1.0
    directory: Path | None = None

    @property
    def datasets(self) -> list[BaseDataset]:
        """The training data and, where there is any, the validation data."""
        return [dataset for dataset in (self.train, self.validation) if dataset is not None]

    def fingerprints(self) -> dict[str, dict[str, str | int | float]]:
        """Return what identifies the recordings of each dataset, by its place in the data config."""
        known: dict[str, dict[str, str | int | float]] = {}
        for split, dataset in (("train", self.train), ("validation", self.validation)):
            places = [p for p, bound in self.parts.items() if bound.record.kind == "dataset" and p.startswith(split)]
            entries = [dataset] if len(places) == 1 else getattr(dataset, "datasets", [])
            prints = {place: entry.fingerprint() for place, entry in zip(places, entries, strict=True) if entry}
            known |= {place: dict(fingerprint) for place, fingerprint in prints.items() if fingerprint}
        return known

    @property
    def job(self) -> Job:
        """What the trainer gets."""
        objective = self.checked.objective
        return Job(
            net=self.net,
            train=self.train,
            validation=self.validation,
            model=self.checked.model,
            losses=self.losses,
            val_loss=objective.val_loss,
            mask_first=objective.mask_first,
            seed=self.checked.learning.seed,
        )

    def scale_output(self, factor: float) -> None:
        """
        Multiply every ``y`` of the data, for a training at another level; every export undoes it.

        :raises nam_kernel.errors.UserError: when a dataset cannot
        """
        for dataset in self.datasets:
            dataset.scale_output(factor)
        self.output_factor *= factor

    def teardown(self) -> None:
        """Tear the datasets down."""
        teardown_all(self.datasets)
