"""Linear keeps the laws of a net, by the direct sum and by FFT."""

from nam_devkit import NetConformance


class TestShort(NetConformance):
    plugin = "linear"
    name = "Linear"
    config = {"receptive_field": 20, "bias": True}


class TestLong(NetConformance):
    plugin = "linear"
    name = "Linear"
    config = {"receptive_field": 300}
