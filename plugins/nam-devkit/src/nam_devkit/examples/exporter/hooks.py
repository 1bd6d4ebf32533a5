"""What this plugin offers. The kernel imports this module at every start, so it imports nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel import Exporter, hookimpl


@hookimpl
def nam_exporters() -> Sequence[Exporter]:
    """Return the record of ``ExampleExporter``."""
    return [
        Exporter(
            name="ExampleExporter",
            target="nam_devkit.examples.exporter.exporter:export",
            config="nam_devkit.examples.exporter.config:ExampleExporterConfig",
            reader="nam_devkit.examples.exporter.exporter:read",
            refuses="nam_devkit.examples.exporter.exporter:refuses",
            runner="nam_devkit.examples.exporter.player:runner",
            suffix=".example",
            summary="a model as a file of NumPy arrays",
        )
    ]
