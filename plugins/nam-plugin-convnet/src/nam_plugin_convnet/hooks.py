"""What this plugin offers to the kernel."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel import Net, hookimpl


@hookimpl
def nam_nets() -> Sequence[Net]:
    """Return the record of ``ConvNet``."""
    return [
        Net(
            name="ConvNet",
            target="nam_plugin_convnet.net:ConvNet",
            config="nam_plugin_convnet.config:ConvNetConfig",
            architectures=("ConvNet",),
            summary="a plain stack of dilated convolutions",
        )
    ]
