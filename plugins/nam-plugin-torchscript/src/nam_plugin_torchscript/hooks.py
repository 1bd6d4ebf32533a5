"""What this distribution offers to the kernel."""

from __future__ import annotations

from nam_kernel import Exporter, hookimpl


@hookimpl
def nam_exporters() -> list[Exporter]:
    """Return the TorchScript file."""
    return [
        Exporter(
            name="torchscript",
            target="nam_plugin_torchscript.write:export",
            config="nam_plugin_torchscript.config:TorchScriptConfig",
            refuses="nam_plugin_torchscript.write:refuses",
            runner="nam_plugin_torchscript.runner:runner",
            suffix=".ts",
            summary="a module for torch and libtorch, which plays whole signals and blocks",
            advice="Load it with torch.jit.load in Python, or torch::jit::load in C++; nothing else is needed.",
        )
    ]
