"""What this plugin offers; the kernel imports this at every start, so it imports nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel import Loss, hookimpl


@hookimpl
def nam_losses() -> Sequence[Loss]:
    """Offer ``ExampleLoss``."""
    return [
        Loss(
            name="ExampleLoss",
            target="nam_kernel.testing.examples.loss.loss:ExampleLoss",
            config="nam_kernel.testing.examples.loss.config:ExampleLossConfig",
            summary="squares small errors, and takes large ones as they are",
        )
    ]
