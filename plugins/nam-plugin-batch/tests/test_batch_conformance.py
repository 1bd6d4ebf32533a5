"""The plugin keeps the laws of every plugin."""

from nam_devkit import PluginConformance


class TestBatch(PluginConformance):
    plugin = "batch"
