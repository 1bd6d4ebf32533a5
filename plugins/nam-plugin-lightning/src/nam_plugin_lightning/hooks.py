"""What this plugin offers: the trainer ``lightning``, its callbacks, and the older spelling ``gpus``."""

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
    """Understand ``trainer.gpus``, which Lightning had before version 2."""
    trainer = config.learning.get("trainer")
    if not isinstance(trainer, dict) or "gpus" not in trainer:
        return
    from nam_kernel.config import note

    gpus = trainer.pop("gpus")
    modern = _modern(gpus)
    for key, value in modern.items():
        trainer.setdefault(key, value)
    written = ", ".join(f"{key}: {value}" for key, value in modern.items()) or "nothing, which is the same"
    note(f"trainer.gpus: {gpus} is understood as {written}")


@hookimpl
def nam_callbacks(config: RunConfig) -> Sequence[Any]:
    """Make the callbacks that ``trainer.callbacks`` names by their classes."""
    trainer = config.learning.get("trainer")
    if not isinstance(trainer, dict) or config.learning.get("engine", "lightning") != "lightning":
        return []
    from nam_plugin_lightning.instances import make_all

    return make_all(trainer.get("callbacks"))


def _modern(gpus: Any) -> dict[str, Any]:
    """Translate the value of ``gpus``: a count, a list of indices, or a string of either; -1 is all of them."""
    if gpus is None:
        return {}
    if gpus in (0, "0", []):
        return {"accelerator": "cpu"}
    return {"accelerator": "gpu", "devices": gpus}
