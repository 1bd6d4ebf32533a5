"""The plugin of the older import names keeps the laws of every plugin."""

from nam_devkit import PluginConformance


class TestCompat(PluginConformance):
    plugin = "compat"
