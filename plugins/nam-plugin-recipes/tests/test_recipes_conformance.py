"""The plugin keeps the laws of every plugin."""

from nam_devkit import PluginConformance


class TestRecipes(PluginConformance):
    plugin = "recipes"
