"""The ONNX files keep the laws of an exporter; every installed net is refused or proven."""

from __future__ import annotations

from typing import Any

import pytest

import nam_kernel
from nam_devkit import ExporterConformance


class TestOnnx(ExporterConformance):
    plugin = "onnx"
    name = "onnx"

    def make_net(self) -> Any:
        """Return a net that is written from its description."""
        pytest.importorskip("nam_plugin_linear")
        return nam_kernel.make_net("Linear", {"receptive_field": 64})
