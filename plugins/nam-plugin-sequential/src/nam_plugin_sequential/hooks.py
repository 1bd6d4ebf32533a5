"""What this plugin offers to the kernel."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel import Net, hookimpl


@hookimpl
def nam_nets() -> Sequence[Net]:
    """Return the record of ``Sequential``."""
    return [
        Net(
            name="Sequential",
            target="nam_plugin_sequential.net:Sequential",
            config="nam_plugin_sequential.config:SequentialConfig",
            architectures=("Sequential",),
            summary="one net after the other, trained together; players do not read it",
        )
    ]
