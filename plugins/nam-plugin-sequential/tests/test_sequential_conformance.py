"""Sequential keeps the laws of a net."""

import pytest

from nam_kernel.testing import NetConformance

pytest.importorskip("nam_plugin_linear", reason="needs nam-plugin-linear")
pytest.importorskip("nam_plugin_lstm", reason="needs nam-plugin-lstm")


class TestConvolutions(NetConformance):
    plugin = "sequential"
    name = "Sequential"
    config = {
        "models": [
            {"name": "Linear", "config": {"receptive_field": 8}},
            {"name": "Linear", "config": {"receptive_field": 5, "bias": True}},
        ]
    }


class TestRecurrent(NetConformance):
    plugin = "sequential"
    name = "Sequential"
    config = {
        "models": [
            {"name": "LSTM", "config": {"hidden_size": 3}},
            {"name": "Linear", "config": {"receptive_field": 5}},
        ]
    }
