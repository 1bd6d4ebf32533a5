"""What this plugin offers: a faster way to run the nets of a few other plugins on a CPU."""

import logging
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nam_kernel import Finding, hookimpl
from nam_plugin_fast.place import REMEDY, path

if TYPE_CHECKING:
    from nam_kernel.interfaces import BaseNet, Forward
    from nam_kernel.run import Prepared

if path() is None:
    # Who asks for this plugin is told; who does something else is not, but for `nam_check` before a training.
    is_shown = [word for word in sys.argv[1:] if not word.startswith("-")][:2] == ["plugins", "show"]
    logging.getLogger(__name__).log(
        logging.WARNING if is_shown else logging.INFO,
        "nam-plugin-fast accelerates nothing, because it was built without a compiler; %s",
        REMEDY,
    )


@hookimpl
def nam_accelerate(net: "BaseNet", device: str) -> "Forward | None":
    """Return compiled code that computes the net; None for other nets, on other devices, and where none was built."""
    if device.partition(":")[0] != "cpu" or path() is None:
        return None
    from nam_plugin_fast.twins import fast_net

    return fast_net(net)


@hookimpl
def nam_check(run: "Prepared") -> "Iterator[Finding]":
    """Return what would make the training faster, where no code was compiled that could."""
    if path() is None:
        from nam_plugin_fast.twins import maker_of

        if any(maker_of(part) is not None for part in run.net.modules()):
            yield Finding(
                "info", "nam-plugin-fast", "compiled code would train this net several times faster on a CPU", REMEDY
            )
