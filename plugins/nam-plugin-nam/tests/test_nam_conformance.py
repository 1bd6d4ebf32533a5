"""The ``.nam`` file keeps the laws of an exporter."""

from nam_devkit import ExporterConformance


class TestNam(ExporterConformance):
    plugin = "nam"
    name = "nam"
