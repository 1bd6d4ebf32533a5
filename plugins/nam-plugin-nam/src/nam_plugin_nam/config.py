"""The config of the exporter."""

from __future__ import annotations

from nam_kernel.config import Config


class NamConfig(Config):
    """The config of ``nam``, which has no keys: there is nothing to choose about a ``.nam`` file."""
