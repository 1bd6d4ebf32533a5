"""
The conformance kit: a plugin author states facts, the kit brings the laws.

In a test of your plugin::

    from nam_devkit import NetConformance

    class TestMyNet(NetConformance):
        plugin = "my-net"       # the name of the entry point
        name = "MyNet"          # the name in the config
        config = {"size": 4}    # a small config

``nam-kernel plugins check my-net`` holds an installed plugin to the same laws, without pytest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nam_kernel.lazy import lazily

if TYPE_CHECKING:
    from nam_devkit.conformance import (
        AcceleratorConformance,
        DatasetConformance,
        ExporterConformance,
        LossConformance,
        NetConformance,
        PluginConformance,
        TrainerConformance,
    )

__all__ = [
    "AcceleratorConformance",
    "DatasetConformance",
    "ExporterConformance",
    "LossConformance",
    "NetConformance",
    "PluginConformance",
    "TrainerConformance",
]

__getattr__, __dir__ = lazily(__name__, dict.fromkeys(__all__, "conformance"))
