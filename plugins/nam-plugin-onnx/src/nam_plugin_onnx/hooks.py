"""What this distribution offers to the kernel."""

from __future__ import annotations

from nam_kernel import Exporter, hookimpl


@hookimpl
def nam_exporters() -> list[Exporter]:
    """Return the ONNX files."""
    return [
        Exporter(
            name="onnx",
            target="nam_plugin_onnx.write:export",
            config="nam_plugin_onnx.config:OnnxConfig",
            refuses="nam_plugin_onnx.write:refuses",
            runner="nam_plugin_onnx.runner:runner",
            suffix=".onnx",
            summary="for ONNX Runtime: a file for whole signals, and beside it one for blocks",
            advice="Play whole signals with the file, and blocks with the one whose name ends in .stream.onnx.",
        )
    ]
