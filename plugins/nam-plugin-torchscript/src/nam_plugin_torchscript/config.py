"""The config of the exporter."""

from __future__ import annotations

from nam_kernel.config import Config


class TorchScriptConfig(Config):
    """The config of ``torchscript``, which has no keys: there is nothing to choose about its file."""
