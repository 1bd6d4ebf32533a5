"""The plugin of the report keeps the laws of every plugin."""

from nam_kernel.testing import PluginConformance


class TestReport(PluginConformance):
    plugin = "report"
