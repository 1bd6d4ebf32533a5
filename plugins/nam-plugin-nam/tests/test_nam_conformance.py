"""The ``.nam`` file keeps the laws of an exporter."""

from __future__ import annotations

from typing import Any

import pytest

import nam_kernel
from nam_devkit import ExporterConformance


class TestNam(ExporterConformance):
    plugin = "nam"
    name = "nam"

    def make_net(self) -> Any:
        """Return a net whose architecture a player knows."""
        pytest.importorskip("nam_plugin_linear")
        return nam_kernel.make_net("Linear", {"receptive_field": 64})
