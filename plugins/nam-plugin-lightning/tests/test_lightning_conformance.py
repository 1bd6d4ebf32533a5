"""The plugin of the training engine keeps the laws of every plugin."""

from nam_kernel.testing import PluginConformance


class TestLightning(PluginConformance):
    plugin = "lightning"
