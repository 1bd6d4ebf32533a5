"""The config of the exporter."""

from __future__ import annotations

from nam_kernel.config import Config


class OnnxConfig(Config):
    """The config of ``onnx``, which has no keys: there is nothing to choose about its files."""
