"""What this distribution offers to the kernel."""

from __future__ import annotations

from nam_kernel import Exporter, hookimpl


@hookimpl
def nam_exporters() -> list[Exporter]:
    """Offer the ``.nam`` file."""
    return [
        Exporter(
            name="nam",
            target="nam_plugin_nam.write:export",
            reader="nam_plugin_nam.read:read",
            suffix=".nam",
            summary="the model file of NeuralAmpModelerCore and the players that use it",
        )
    ]
