"""Both records keep the laws of an exporter; every installed net is refused or proven."""

from __future__ import annotations

from typing import Any

from rtneural_material import lstm

from nam_devkit import ExporterConformance


class TestRTNeural(ExporterConformance):
    plugin = "rtneural"
    name = "rtneural"

    def make_net(self) -> Any:
        """Return a net that hosts can play."""
        return lstm(8)


class TestRTNeuralWithKnobs(ExporterConformance):
    plugin = "rtneural"
    name = "rtneural"

    def make_net(self) -> Any:
        """Return a net whose knob has a range of its own."""
        return lstm(8, {"name": "gain", "low": -3.0, "high": 9.0, "default": 1.0})


class TestGuitarML(ExporterConformance):
    plugin = "rtneural"
    name = "guitarml"
