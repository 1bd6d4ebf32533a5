"""Sequential keeps the laws of a net, and what runs it faster those of an accelerator."""

from importlib.util import find_spec

import pytest

from nam_devkit import AcceleratorConformance, NetConformance
from nam_kernel import make_net


class TestFilters(NetConformance):
    plugin = "sequential"
    name = "Sequential"
    config = {"models": [{"name": "ExampleNet", "config": {"taps": 8}}, {"name": "ExampleNet", "config": {"taps": 5}}]}


@pytest.mark.skipif(
    not (find_spec("nam_plugin_linear") and find_spec("nam_plugin_lstm")),
    reason="needs nam-plugin-linear and nam-plugin-lstm",
)
class TestRecurrent(NetConformance):
    plugin = "sequential"
    name = "Sequential"
    config = {
        "models": [{"name": "LSTM", "config": {"hidden_size": 3}}, {"name": "Linear", "config": {"receptive_field": 5}}]
    }


@pytest.mark.skipif(
    not (find_spec("nam_plugin_linear") and find_spec("nam_plugin_lstm")),
    reason="needs nam-plugin-linear and nam-plugin-lstm",
)
class TestFast(AcceleratorConformance):
    plugin = "sequential"

    def make_nets(self):
        """Return a chain with a model that is accelerated."""
        models = [
            {"name": "LSTM", "config": {"hidden_size": 2}},
            {"name": "Linear", "config": {"receptive_field": 300}},
        ]
        return {"chain": lambda: make_net("Sequential", {"models": models})}
