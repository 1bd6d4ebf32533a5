"""Linear keeps the laws of a net, by the direct sum and by FFT, and the latter those of an accelerator."""

from nam_devkit import AcceleratorConformance, NetConformance
from nam_kernel import make_net


class TestShort(NetConformance):
    plugin = "linear"
    name = "Linear"
    config = {"receptive_field": 20, "bias": True}


class TestLong(NetConformance):
    plugin = "linear"
    name = "Linear"
    config = {"receptive_field": 300}


class TestByFft(AcceleratorConformance):
    plugin = "linear"

    def make_nets(self):
        """Return a net that is long enough."""
        return {"long Linear": lambda: make_net("Linear", {"receptive_field": 300, "bias": True})}
