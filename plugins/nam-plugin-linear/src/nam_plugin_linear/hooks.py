"""What this plugin offers to the kernel."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel import Net, hookimpl


@hookimpl
def nam_nets() -> Sequence[Net]:
    """Return the record of ``Linear``."""
    return [
        Net(
            name="Linear",
            target="nam_plugin_linear.net:Linear",
            config="nam_plugin_linear.config:LinearConfig",
            architectures=("Linear",),
            summary="one impulse response: cabinets, equalizers",
        )
    ]
