"""``metrics.csv``: one row for each validation."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from typing_extensions import override

from nam_kernel.files import atomic_write
from nam_plugin_lightning.callbacks.running_loss import RunningLoss, learning_rate
from nam_plugin_lightning.framework import pl
from nam_plugin_lightning.ledger import Ledger

Row = dict[str, Any]


class MetricsCsv(pl.Callback):
    """
    Writes epoch, step, learning rate, training loss and every metric; those of an output as ``ESR/name``.

    :param path: of the file; rows of an epoch that a resumed run will repeat are removed first
    :param epochs: the number of epochs that are complete when the fit begins
    """

    def __init__(self, ledger: Ledger, running_loss: RunningLoss, path: Path, epochs: int) -> None:
        self.ledger = ledger
        self.running_loss = running_loss
        self.path = path
        self._columns: list[str] = []
        self._rows = [row for row in _read(path) if int(row["epoch"]) <= epochs] if epochs else []

    @override
    def on_validation_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Add a row."""
        if trainer.sanity_checking or not trainer.is_global_zero:
            return
        progress = self.ledger.history[-1]
        row: Row = {
            "epoch": progress.epoch,
            "step": progress.step,
            "lr": learning_rate(trainer),
            "train_loss": self.running_loss.mean,
            **progress.metrics,
        }
        for output, metrics in progress.outputs.items():
            row.update({f"{label}/{output}": value for label, value in metrics.items()})
        self._append(row)

    def _append(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) > 1 and self.path.exists() and self._columns == list(row):
            with self.path.open("a", newline="", encoding="utf-8") as file:
                csv.DictWriter(file, self._columns).writerow(row)
            return
        self._columns = list(dict.fromkeys(key for row in self._rows for key in row))
        with atomic_write(self.path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self._columns)
            writer.writeheader()
            writer.writerows(self._rows)


def _read(path: Path) -> list[Row]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if (row.get("epoch") or "").isdigit()]
