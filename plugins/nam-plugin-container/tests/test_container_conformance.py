"""A Container, and its other spelling, keep the laws of a net; what runs it faster keeps those of an accelerator."""

import pytest

from nam_devkit import AcceleratorConformance, NetConformance
from nam_kernel import make_net

pytest.importorskip("nam_plugin_linear", reason="needs nam-plugin-linear")
pytest.importorskip("nam_plugin_wavenet", reason="needs nam-plugin-wavenet")


def fir(length):
    return {"name": "Linear", "config": {"receptive_field": length}}


def wavenet(channels):
    stack = {
        "input_size": 1,
        "condition_size": 1,
        "channels": channels,
        "head_size": 1,
        "kernel_size": 2,
        "dilations": [1, 2, 4],
        "activation": "Tanh",
        "gated": False,
        "head_bias": True,
    }
    return {"layers_configs": [stack], "head_scale": 0.5}


class TestContainer(NetConformance):
    plugin = "container"
    name = "Container"
    config = {"submodels": [{"name": "small", "net": fir(4)}, {"name": "large", "net": fir(20)}]}


class TestPackedWaveNet(NetConformance):
    plugin = "container"
    name = "PackedWaveNet"
    config = {"submodels": [{"config": wavenet(2)}, {"config": wavenet(3)}]}


class TestFast(AcceleratorConformance):
    plugin = "container"

    def make_nets(self):
        """Return a container with a size that is accelerated."""
        sizes = [{"name": "small", "net": fir(4)}, {"name": "large", "net": fir(300)}]
        return {"container": lambda: make_net("Container", {"submodels": sizes})}
