"""WaveNet keeps the laws of a net, in the form of A1 and with the features of A2."""

from nam_devkit import NetConformance

FIRST = {
    "input_size": 1,
    "condition_size": 1,
    "channels": 4,
    "head_size": 3,
    "kernel_size": 3,
    "dilations": [1, 2, 4],
    "activation": "Tanh",
    "gated": False,
    "head_bias": False,
}
LAST = {**FIRST, "input_size": 4, "channels": 3, "head_size": 1, "dilations": [8, 1], "head_bias": True}


class TestStandard(NetConformance):
    plugin = "wavenet"
    name = "WaveNet"
    config = {"layers_configs": [FIRST, LAST], "head_scale": 0.1}


class TestGated(NetConformance):
    plugin = "wavenet"
    name = "WaveNet"
    config = {"layers_configs": [{**FIRST, "gated": True, "head_size": 1}], "head_scale": 0.5}


class TestConditioned(NetConformance):
    plugin = "wavenet"
    name = "WaveNet"
    config = {
        "layers_configs": [{**FIRST, "condition_size": 2, "head_size": 1}],
        "head_scale": 1.0,
        "condition_dsp": {
            "name": "WaveNet",
            "config": {"layers_configs": [{**FIRST, "channels": 2, "head_size": 2}], "head_scale": 1.0},
        },
    }


class TestKnobs(NetConformance):
    plugin = "wavenet"
    name = "WaveNet"
    config = {
        "layers_configs": [{**FIRST, "condition_size": 2, "head_size": 1}],
        "conditions": ["gain", {"name": "channel", "choices": ["clean", "lead"]}],
    }
