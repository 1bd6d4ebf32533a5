"""Sequential keeps the laws of a net."""

from importlib.util import find_spec

import pytest

from nam_devkit import NetConformance


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
