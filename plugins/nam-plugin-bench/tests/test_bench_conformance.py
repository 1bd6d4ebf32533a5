"""The plugin keeps the laws of every plugin."""

from __future__ import annotations

from nam_devkit import PluginConformance


class TestBench(PluginConformance):
    plugin = "bench"
