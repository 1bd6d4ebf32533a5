"""The training by its older names: ``core.train``, ``full.main``, ``lightning_module.LightningModule``."""

from __future__ import annotations

from nam._lazy import modules_of

__getattr__ = modules_of(
    __name__, ("_names", "_version", "colab", "core", "full", "gui", "lightning_module", "metadata")
)
