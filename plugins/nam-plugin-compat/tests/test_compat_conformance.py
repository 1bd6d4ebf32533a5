"""The plugin of the older import names, and its engine, keep the laws of every plugin and every engine."""

from nam_devkit import PluginConformance, TrainerConformance
from nam_plugin_lightning.config import LightningConfig


class TestCompat(PluginConformance):
    plugin = "compat"


class TestModule(TrainerConformance):
    plugin = "compat"
    name = "nam-module"
    config = LightningConfig.example
    model = {"optimizer": {"lr": 0.02}}
