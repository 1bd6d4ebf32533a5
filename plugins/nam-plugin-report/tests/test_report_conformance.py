"""The plugin of the report keeps the laws of every plugin."""

from nam_devkit import PluginConformance


class TestReport(PluginConformance):
    plugin = "report"
