"""The plugin of the training engine keeps the laws of every plugin."""

from nam_devkit import PluginConformance


class TestLightning(PluginConformance):
    plugin = "lightning"
