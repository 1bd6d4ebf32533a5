"""The training by its older names: ``full.main``, ``lightning_module.LightningModule``."""

from __future__ import annotations

from nam._lazy import modules_of

__getattr__ = modules_of(__name__, ("colab", "core", "full", "gui", "lightning_module", "metadata"))
