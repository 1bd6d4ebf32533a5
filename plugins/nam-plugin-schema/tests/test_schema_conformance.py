"""The plugin keeps the laws of every plugin."""

from nam_devkit import PluginConformance


class TestSchema(PluginConformance):
    plugin = "schema"
