"""The nets with knobs keep the laws of a net."""

from nam_devkit import NetConformance, PluginConformance

STACK = {
    "input_size": 1,
    "condition_size": 1,
    "channels": 4,
    "kernel_size": 3,
    "dilations": [1, 2, 4],
    "activation": "Tanh",
    "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
}
KNOBS = [
    {"name": "gain", "low": 0, "high": 10, "default": 5},
    {"name": "mid", "low": 200, "high": 2000, "default": 500, "unit": "Hz", "curve": "log"},
    {"name": "mode", "choices": ["clean", "crunch", "lead"], "default": 1},
]


class TestPlugin(PluginConformance):
    plugin = "parametric"


class TestConcatWaveNet(NetConformance):
    plugin = "parametric"
    name = "ConcatWaveNet"
    config = {"layers_configs": [STACK], "head_scale": 0.5, "conditions": KNOBS}


class TestConcatLSTM(NetConformance):
    plugin = "parametric"
    name = "ConcatLSTM"
    config = {"hidden_size": 4, "num_layers": 2, "conditions": KNOBS}


class TestFiLMWaveNet(NetConformance):
    plugin = "parametric"
    name = "FiLMWaveNet"
    config = {"layers_configs": [STACK], "head_scale": 0.5, "conditions": KNOBS}


class TestHyperWaveNet(NetConformance):
    plugin = "parametric"
    name = "HyperWaveNet"
    config = {"layers_configs": [STACK], "head_scale": 0.5, "conditions": KNOBS, "hidden_sizes": [8]}
