"""The training engine keeps the laws of a trainer."""

from nam_devkit import TrainerConformance
from nam_plugin_lightning.config import LightningConfig


class TestLightning(TrainerConformance):
    plugin = "lightning"
    name = "lightning"
    config = LightningConfig.example
    model = {"optimizer": {"lr": 0.02}}
