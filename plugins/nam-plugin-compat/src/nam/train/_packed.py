"""The callbacks of a packed training: the best checkpoint of each size, by the names that scripts look for."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback, Checkpoint

from nam_kernel.files import atomic_write_text


class PackedBestCheckpoint(Checkpoint):
    """
    Writes ``packed_best_submodel_0.ckpt`` and so on, each of them whole, and ``packed_best.json``, which lists them.

    :param dirpath: the folder; by default the trainer's ``default_root_dir``
    """

    def __init__(self, dirpath: str | PathLike[str] | None = None) -> None:
        super().__init__()
        self.dirpath = None if dirpath is None else Path(dirpath)
        self.best: dict[int, dict[str, Any]] = {}

    @property
    def checkpoint_paths(self) -> list[str | None]:
        """The checkpoint of each size, None for one that was never validated."""
        last = max(self.best, default=-1)
        return [self.best[i]["checkpoint_path"] if i in self.best else None for i in range(last + 1)]

    def on_validation_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Save a checkpoint for each size that is better than its best."""
        if trainer.sanity_checking:
            return
        folder = self.dirpath or Path(trainer.default_root_dir)
        for i, name in enumerate(getattr(pl_module.net, "outputs", ())):
            loss = float(trainer.callback_metrics.get(f"val_loss_packed_{i}", float("nan")))
            if not loss < self.best.get(i, {}).get("best_metric", float("inf")):
                continue
            path = folder / f"packed_best_submodel_{i}.ckpt"
            trainer.save_checkpoint(path)
            self.best[i] = {
                "submodel_index": i,
                "submodel_name": name,
                "best_metric": loss,
                "epoch": trainer.current_epoch,
                "step": trainer.global_step,
                "checkpoint_path": str(path),
            }
        if self.best and trainer.is_global_zero:
            told = {"submodels": [self.best[i] for i in sorted(self.best)]}
            atomic_write_text(folder / "packed_best.json", json.dumps(told, indent=4))


class PackedMaskCallback(Callback):
    """Does nothing: each size is a net of its own, so there are no weights between them to be masked."""
