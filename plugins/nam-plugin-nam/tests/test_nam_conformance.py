"""The ``.nam`` file keeps the laws of an exporter."""

from nam_kernel.testing import ExporterConformance


class TestNam(ExporterConformance):
    plugin = "nam"
    name = "nam"
