"""What this plugin offers. The kernel imports this module at every start, so it imports nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel import Trainer, hookimpl


@hookimpl
def nam_trainers() -> Sequence[Trainer]:
    """Return the record of ``ExampleTrainer``."""
    return [
        Trainer(
            name="ExampleTrainer",
            target="nam_devkit.examples.trainer.trainer:ExampleTrainer",
            config="nam_devkit.examples.trainer.config:ExampleTrainerConfig",
            summary="gradient descent in a loop",
        )
    ]
