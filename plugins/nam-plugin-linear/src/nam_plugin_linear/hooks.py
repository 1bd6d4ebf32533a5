"""What this plugin offers to the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nam_kernel import Net, hookimpl

if TYPE_CHECKING:
    from nam_kernel.interfaces import BaseNet, Forward


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


@hookimpl
def nam_accelerate(net: BaseNet, device: str) -> Forward | None:
    """Return the convolution by FFT for a long ``Linear`` net, on any device."""
    # Whoever has a net has imported torch.
    from nam_plugin_linear.fft import LONG, ByFft
    from nam_plugin_linear.net import Linear

    if not isinstance(net, Linear) or type(net).compute is not Linear.compute or net.receptive_field < LONG:
        return None
    return ByFft(net)
