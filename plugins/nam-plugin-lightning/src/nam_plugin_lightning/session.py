"""One fit: what the engine, its callbacks and Lightning's trainer have in common while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nam_kernel.interfaces import Job, Observer
from nam_plugin_lightning.callbacks.signal_handler import SignalHandler
from nam_plugin_lightning.checkpoint import KEY, load_weights, read_checkpoint
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.ledger import Ledger

State = Mapping[str, Any]


@dataclass
class Session:
    """
    One fit.

    :param directory: of the run
    :param observe: called after each validation, in the first process only
    :param ledger: what comes of the fit is in it, also when a signal ends it
    :param state: the checkpoint that the training goes on from, or None when it begins
    """

    job: Job
    config: LightningConfig
    directory: Path
    observe: Observer
    signals: SignalHandler
    ledger: Ledger = field(default_factory=Ledger)
    state: State | None = None

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.directory / "checkpoints"

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
