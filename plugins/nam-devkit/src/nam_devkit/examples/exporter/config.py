"""The config of ``ExampleExporter``."""

from __future__ import annotations

from nam_kernel.config import Config


class ExampleExporterConfig(Config):
    """
    What the ``config`` of the exporter in a model config may hold.

    :param compress: make smaller files
    """

    compress: bool = True
