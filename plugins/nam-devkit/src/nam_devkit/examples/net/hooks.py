"""What this plugin offers. The kernel imports this module at every start, so it imports nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel import Net, hookimpl


@hookimpl
def nam_nets() -> Sequence[Net]:
    """Return the record of ``ExampleNet``."""
    return [
        Net(
            name="ExampleNet",
            target="nam_devkit.examples.net.net:ExampleNet",
            config="nam_devkit.examples.net.config:ExampleNetConfig",
            architectures=("ExampleNet",),
            summary="an FIR filter",
        )
    ]
