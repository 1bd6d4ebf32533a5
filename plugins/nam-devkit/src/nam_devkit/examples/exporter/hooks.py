"""What this plugin offers; the kernel imports this at every start, so it imports nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel import Exporter, hookimpl


@hookimpl
def nam_exporters() -> Sequence[Exporter]:
    """Offer ``ExampleExporter``."""
    return [
        Exporter(
            name="ExampleExporter",
            target="nam_kernel.testing.examples.exporter.exporter:export",
            config="nam_kernel.testing.examples.exporter.config:ExampleExporterConfig",
            reader="nam_kernel.testing.examples.exporter.exporter:read",
            suffix=".example",
            summary="a model as a file of NumPy arrays",
        )
    ]
