"""What this plugin offers to the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nam_kernel import Net, hookimpl

if TYPE_CHECKING:
    from nam_kernel.interfaces import BaseNet, Forward


@hookimpl
def nam_nets() -> Sequence[Net]:
    """Return the records of ``Container``, which reads the files, and of ``PackedWaveNet``, another spelling of it."""
    return [
        Net(
            name="Container",
            target="nam_plugin_container.net:Container",
            config="nam_plugin_container.config:ContainerConfig",
            architectures=("SlimmableContainer",),
            summary="several sizes of any nets, trained in one run; the player's size control chooses",
        ),
        Net(
            name="PackedWaveNet",
            target="nam_plugin_container.packed:PackedWaveNet",
            config="nam_plugin_container.config:PackedWaveNetConfig",
            summary="a Container of WaveNets, in the spelling of the A2 configs",
        ),
    ]


@hookimpl
def nam_accelerate(net: BaseNet, device: str) -> Forward | None:
    """Return a container whose sizes are accelerated, where other plugins accelerate some of them."""
    # Whoever has a net has imported torch.
    from nam_plugin_container.fast import accelerated

    return accelerated(net, device)
