"""What this plugin offers: the trainer ``lightning``, its callbacks, and how it reads older configs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nam_kernel import Trainer, hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nam_kernel.config import RunConfig


@hookimpl
def nam_trainers() -> Sequence[Trainer]:
    """Offer the engine."""
    return [
        Trainer(
            name="lightning",
            target="nam_plugin_lightning.engine:LightningTrainer",
            summary="PyTorch Lightning, with any optimizer, scheduler, callback and device",
        )
    ]


@hookimpl
def nam_configure(config: RunConfig) -> None:
    """Understand the keys of ``trainer`` that Lightning had before version 2."""
    trainer = config.learning.get("trainer")
    if not isinstance(trainer, dict):
        return
    from nam_kernel.config import note
    from nam_plugin_lightning.older import modernise

    for sentence in modernise(trainer, config.learning):
        note(sentence)


@hookimpl
def nam_callbacks(config: RunConfig) -> Sequence[Any]:
    """Make the callbacks that ``trainer.callbacks`` names by their classes."""
    trainer = config.learning.get("trainer")
    if not isinstance(trainer, dict) or config.learning.get("engine", "lightning") != "lightning":
        return []
    from nam_plugin_lightning.instances import make_all

    return make_all(trainer.get("callbacks"))
