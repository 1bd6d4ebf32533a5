"""The plugin of the older import names keeps the laws of every plugin."""

from nam_kernel.testing import PluginConformance


class TestCompat(PluginConformance):
    plugin = "compat"
