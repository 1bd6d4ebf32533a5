"""What this plugin offers; the kernel imports this at every start, so it imports nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel import Net, hookimpl


@hookimpl
def nam_nets() -> Sequence[Net]:
    """Offer ``ExampleNet``."""
    return [
        Net(
            name="ExampleNet",
            target="nam_kernel.testing.examples.net.net:ExampleNet",
            config="nam_kernel.testing.examples.net.config:ExampleNetConfig",
            architectures=("ExampleNet",),
            summary="an FIR filter",
        )
    ]
