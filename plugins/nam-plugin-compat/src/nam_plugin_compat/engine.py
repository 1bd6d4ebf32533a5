"""The Lightning engine with the module of ``nam.train.lightning_module``, and its checkpoints where scripts look."""

from __future__ import annotations

import copy
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytorch_lightning.callbacks import Callback, Checkpoint

from nam_kernel.interfaces import Fit, Job, Observer
from nam_plugin_compat.hooks import CALLBACKS
from nam_plugin_compat.kinds import accepts
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.engine import LightningTrainer
from nam_plugin_lightning.ledger import Ledger

LOGS = "lightning_logs"

_FOUND_BY_THE_KERNEL = ("custom_losses", "losses", "val_loss")


class ModuleTrainer(LightningTrainer):
    """
    Trains the class that is ``nam.train.lightning_module.LightningModule`` at the start of the run.

    Beside the engine's own files it leaves those of the older package: logs and checkpoints in
    ``lightning_logs/version_0`` or the next one that is free, the checkpoints being those of
    ``nam.train.full._create_callbacks``.
    """

    leaves_checkpoints = False

    def fit(self, job: Job, directory: Path, observe: Observer, *, resume: bool = False) -> Fit:
        """Train, as the base class does."""
        engine = copy.copy(self)
        engine.config = _with_logs(self.config, directory)
        engine.leaves_checkpoints = True
        return super(ModuleTrainer, engine).fit(job, directory, observe, resume=resume)

    def module(self, job: Job, ledger: Ledger) -> Any:
        """
        Return the module: made from the model config by its ``parse_config``, with the net of the run.

        Its losses are those of the run; it computes the ones for which it has methods itself.
        """
        from nam.train import lightning_module

        kind = lightning_module.PackedLightningModule if job.net.outputs else lightning_module.LightningModule
        config = {"net": None, **job.model.model_dump(exclude_unset=True)}
        loss = {key: value for key, value in (job.model.loss or {}).items() if key not in _FOUND_BY_THE_KERNEL}
        module: Any = kind(**{**kind.parse_config({**config, "loss": loss}), "net": job.net})
        own = {term.label: term for term in module.losses}
        module.losses = tuple(own.get(term.label, term) for term in job.losses)
        module.val_loss, module.mask_first = job.val_loss, job.mask_first
        module._loss_config.mask_first = job.mask_first
        module.ledger = ledger
        if self.leaves_checkpoints:
            brought = [callback for callback in created(job, self.config) if isinstance(callback, Checkpoint)]
            module.configure_callbacks = lambda: _beside_others(module.trainer.callbacks, brought)
        return module


def created(job: Job, config: LightningConfig) -> list[Callback]:
    """
    Return the callbacks of the run of ``nam.train.core`` that this is.

    In any other run they are those of ``nam.train.full._create_callbacks``, which an extension may have replaced.
    """
    making = CALLBACKS.get()
    if making is not None:
        return making()
    from nam.train import full

    given, packed = config.model_dump(), {"packed": bool(job.net.outputs)}
    create = full._create_callbacks
    return create(given, **packed) if accepts(create, given, **packed) else create(given)


def further_callbacks(job: Job, config: LightningConfig) -> list[Callback]:
    """Return the callbacks of a script or an extension, those for checkpoints left out."""
    from nam.train import _parts, full

    if CALLBACKS.get() is None and full._create_callbacks is _parts.create_callbacks:
        return []
    return [callback for callback in created(job, config) if not isinstance(callback, Checkpoint)]


def _with_logs(config: LightningConfig, directory: Path) -> LightningConfig:
    """Return a config whose logger, where it does not name one, is the one that Lightning itself would make."""
    if config.trainer.get("logger", True) is not True:
        return config
    name = "TensorBoardLogger" if importlib.util.find_spec("tensorboard") else "CSVLogger"
    arguments = {"save_dir": str(directory), "name": LOGS}
    logger = {"class_path": f"pytorch_lightning.loggers.{name}", "init_args": arguments}
    return config.model_copy(update={"trainer": {**config.trainer, "logger": logger}})


def _beside_others(there: Sequence[Callback], brought: Sequence[Callback]) -> list[Callback]:
    """Return callbacks with those of the same types that a trainer has, in whose place Lightning would put them."""
    kinds = {type(callback) for callback in brought}
    return [*(callback for callback in there if type(callback) in kinds), *brought]
