"""The configs of the exporters."""

from __future__ import annotations

from nam_kernel.config import Config


class RTNeuralConfig(Config):
    """The config of ``rtneural``, which has no keys: there is nothing to choose about its file."""


class GuitarMLConfig(Config):
    """The config of ``guitarml``, which has no keys."""
