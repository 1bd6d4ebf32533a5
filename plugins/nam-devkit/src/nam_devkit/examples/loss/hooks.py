"""What this plugin offers. The kernel imports this module at every start, so it imports nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel import Loss, hookimpl


@hookimpl
def nam_losses() -> Sequence[Loss]:
    """Return the record of ``ExampleLoss``."""
    return [
        Loss(
            name="ExampleLoss",
            target="nam_devkit.examples.loss.loss:ExampleLoss",
            config="nam_devkit.examples.loss.config:ExampleLossConfig",
            summary="squares small errors, and takes large ones as they are",
        )
    ]
