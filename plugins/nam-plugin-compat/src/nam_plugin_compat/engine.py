"""The Lightning engine with the ``LightningModule`` of an extension in it."""

from __future__ import annotations

from typing import Any

from nam_kernel.interfaces import Job
from nam_plugin_lightning.engine import LightningTrainer
from nam_plugin_lightning.ledger import Ledger

_FOUND_BY_THE_KERNEL = ("custom_losses", "losses", "val_loss")


class ModuleTrainer(LightningTrainer):
    """Trains the class that is ``nam.train.lightning_module.LightningModule`` at the start of the run."""

    def module(self, job: Job, ledger: Ledger) -> Any:
        """
        Return the module: made from the model config by its ``parse_config``, with the net of the run.

        Its losses are those of the run; it computes the ones for which it has methods itself.
        """
        from nam.train import lightning_module

        kind = lightning_module.LightningModule
        config = job.model.model_dump(exclude_unset=True)
        loss = {key: value for key, value in job.model.loss.items() if key not in _FOUND_BY_THE_KERNEL}
        module = kind(**{**kind.parse_config({**config, "loss": loss}), "net": job.net})
        own = {term.label: term for term in module.losses}
        module.losses = tuple(own.get(term.label, term) for term in job.losses)
        module.val_loss = job.val_loss
        module.ledger = ledger
        return module
