"""What this distribution offers to the kernel."""

from __future__ import annotations

from nam_kernel import Exporter, hookimpl


@hookimpl
def nam_exporters() -> list[Exporter]:
    """Return the ``.nam`` file, which is written where a model config names no exporter."""
    return [
        Exporter(
            name="nam",
            target="nam_plugin_nam.write:export",
            config="nam_plugin_nam.config:NamConfig",
            reader="nam_plugin_nam.read:read",
            refuses="nam_plugin_nam.write:refuses",
            runner="nam_plugin_nam.player.runner:runner",
            suffix=".nam",
            summary="the model file of NeuralAmpModelerCore and the players that use it",
            advice="Load it in a player that reads .nam files.",
            default=True,
        )
    ]


@hookimpl
def nam_hookspecs() -> list[str]:
    """Return the module with the hook of this plugin."""
    return ["nam_plugin_nam.hookspecs"]
