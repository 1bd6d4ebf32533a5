"""One fit: what the engine, its callbacks and Lightning's trainer have in common while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nam_kernel.interfaces import Job, Observer
from nam_plugin_lightning.callbacks.progress_line import Style
from nam_plugin_lightning.callbacks.signal_handler import SignalHandler
from nam_plugin_lightning.callbacks.stopping import reason_to_stop
from nam_plugin_lightning.checkpoint import KEY, load_weights, read_checkpoint
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.ledger import Ledger
from nam_plugin_lightning.plan import most_steps, planned_epochs
from nam_plugin_lightning.precision import Types, types_of

State = Mapping[str, Any]

NOTHING_TO_DO = "finished; nothing to do"
"""The beginning of why a training ended that had been at its end already."""


@dataclass
class Session:
    """
    One fit.

    :param directory: of the run
    :param observe: called after each validation, in the first process only
    :param ledger: what comes of the fit is in it, also when a signal ends it
    :param state: the checkpoint that the training goes on from, or None when it begins
    :param types: of the weights before the training
    :param style: in which a person wants to see the progress
    """

    job: Job
    config: LightningConfig
    directory: Path
    observe: Observer
    signals: SignalHandler
    ledger: Ledger = field(default_factory=Ledger)
    state: State | None = None
    types: Types = field(default_factory=dict)
    style: Style = None

    def __post_init__(self) -> None:
        self.types = types_of(self.job.net)

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.directory / "checkpoints"

    @property
    def shows(self) -> bool:
        """Whether the engine shows the progress; otherwise the config asks for a bar of Lightning, and nobody else."""
        return self.style is not None or not self.config.trainer.get("enable_progress_bar")

    @property
    def validates(self) -> bool:
        """Whether there are validations; without them every epoch counts as the best."""
        return self.job.validation is not None and self.config.trainer.get("limit_val_batches") != 0

    def load_start(self, *, resume: bool) -> None:
        """
        Load the weights that the net starts from, and what there is of a training that goes on.

        :param resume: go on from the last checkpoint of the run, if there is one
        :raises nam_kernel.errors.ModelFileError: when a checkpoint cannot be read, or is another net's
        """
        last, given = self.checkpoints / "last.ckpt", self.config.trainer_fit_kwargs.get("ckpt_path")
        path = last if resume and last.exists() else Path(given).expanduser() if given else None
        start = self.job.model.checkpoint_path
        if path is not None:
            self.state = read_checkpoint(path, to_go_on=True)
            load_weights(self.job.net, self.state, path)
            self.ledger.load_state_dict(self.state[KEY])
        elif start is not None:
            load_weights(self.job.net, read_checkpoint(start), start)

    def be_patient_again(self) -> None:
        """Count the validations without a better model anew, for a training that was to go on when they ran out."""
        if self.config.patience is not None and self.ledger.waited >= self.config.patience:
            self.ledger.waited = 0

    def nothing_to_do(self) -> str | None:
        """Return in a sentence that the training that was to go on is at its end; None when it is not."""
        if self.state is None:
            return None
        trainer = self.config.trainer
        epochs, steps = planned_epochs(trainer), most_steps(trainer)
        if epochs is not None and self.ledger.epochs >= epochs:
            return NOTHING_TO_DO
        if steps is not None and self.state["global_step"] >= steps:
            return NOTHING_TO_DO
        reason = reason_to_stop(self.ledger, self.config.target_esr, self.config.patience)
        return f"{NOTHING_TO_DO}: {reason}" if reason else None
