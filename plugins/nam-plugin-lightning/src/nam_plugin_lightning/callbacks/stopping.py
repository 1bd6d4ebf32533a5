"""End a training that is good enough, or no longer gets better."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from nam_plugin_lightning.framework import pl
from nam_plugin_lightning.ledger import Ledger


class Stopping(pl.Callback):
    """
    Stops at a target ESR, or when patience runs out.

    :param target_esr: for the best model, with several outputs for each of them
    :param patience: the number of validations without a better model
    """

    def __init__(self, ledger: Ledger, target_esr: float | None, patience: int | None) -> None:
        self.ledger = ledger
        self.target_esr = target_esr
        self.patience = patience

    @override
    def on_validation_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Decide after every validation."""
        if trainer.sanity_checking or self.ledger.stopped or not self.ledger.metrics:
            return
        self.ledger.stopped = reason_to_stop(self.ledger, self.target_esr, self.patience)
        if self.ledger.stopped:
            trainer.should_stop = True


def reason_to_stop(ledger: Ledger, target_esr: float | None, patience: int | None) -> str | None:
    """Return in a sentence why a training is good enough or no longer gets better; None when it is to go on."""
    rows = list(ledger.outputs.values()) or [ledger.metrics]
    worst = max(row.get("ESR", float("inf")) for row in rows)
    if target_esr is not None and worst <= target_esr:
        return f"the target was reached: ESR {worst:.4g} of {target_esr:g}"
    if patience is not None and ledger.waited >= patience:
        return f"{ledger.waited} validations in a row were no better than the best one"
    return None
