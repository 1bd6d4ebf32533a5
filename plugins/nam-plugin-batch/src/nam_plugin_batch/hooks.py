"""What this plugin adds to a training of a batch: on a cluster, the copies of the recordings that its computer has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nam_kernel import hookimpl

if TYPE_CHECKING:
    from nam_kernel.config import RunConfig


@hookimpl
def nam_configure(config: RunConfig) -> None:
    """Have the training read the copies; outside of a batch on a cluster there are none."""
    from nam_plugin_batch.copies import exchange

    exchange(config.data)
