"""What this plugin offers to the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nam_kernel import Net, hookimpl

if TYPE_CHECKING:
    from nam_kernel.interfaces import BaseNet, Forward


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


@hookimpl
def nam_accelerate(net: BaseNet, device: str) -> Forward | None:
    """Return a ``Sequential`` whose models are accelerated, where other plugins accelerate some of them."""
    # Whoever has a net has imported torch.
    from nam_plugin_sequential.fast import accelerated

    return accelerated(net, device)
