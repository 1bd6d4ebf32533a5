"""The Lightning engine with the ``LightningModule`` of an extension in it."""

from __future__ import annotations

from typing import Any

from nam_kernel.interfaces import Job
from nam_plugin_lightning.engine import LightningTrainer
from nam_plugin_lightning.ledger import Ledger


class ModuleTrainer(LightningTrainer):
    """Trains the class that stands under ``nam.train.lightning_module.LightningModule`` at the start of the run."""

    def module(self, job: Job, ledger: Ledger) -> Any:
        """Make the module: what its ``parse_config`` makes of the model config, with the net of the run."""
        from nam.train import lightning_module

        kind = lightning_module.LightningModule
        config = job.model.model_dump(exclude_unset=True)
        module = kind(**{**kind.parse_config(config), "net": job.net})
        module.ledger = ledger
        return module
