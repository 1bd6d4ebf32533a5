"""Claims about size: weights are counted from a config alone, and what nobody could build is refused at once."""

from __future__ import annotations

import json
import time
import tracemalloc

import pytest
import torch
from hypothesis import given
from wavenet_parts import LAWS, configs, net_of

from nam_kernel.config import validate
from nam_kernel.errors import ConfigError
from nam_kernel.models import document_of
from nam_plugin_wavenet.config import WaveNetConfig
from nam_plugin_wavenet.net import WaveNet

HEAD = {"out_channels": 1, "kernel_size": 1, "bias": True}
SLICE = {"method": "slice_channels_uniform"}


def config(*stacks, **top):
    """Return a config of stacks that differ from a small one."""
    small = {"input_size": 1, "condition_size": 1, "channels": 2, "kernel_size": 2, "dilations": [1], "head": HEAD}
    return {"layers_configs": [{**small, "activation": "Tanh", **stack} for stack in stacks or ({},)], **top}


@LAWS
@given(configs())
def test_counted_weights_are_those_of_the_net(config):
    net = net_of(config)
    written = json.loads(json.dumps(net.export_config()))
    assert WaveNet.count_weights(written) == len(net.export_weights())
    inner = len(net.condition_dsp.export_weights()) if net.condition_dsp else 0
    assert WaveNetConfig.model_validate(config).weight_count() == len(net.export_weights()) + inner


def test_a_config_wrapped_in_a_slimmable_wavenet_is_counted():
    net = net_of(config({"channels": 3, "slimmable": SLICE}))
    assert WaveNet.count_weights({"model": net.export_config()}) == len(net.export_weights())


REFUSED = {
    "channels": (config({"channels": 20000}), "layers_configs[0] has 20000"),
    "bottleneck": (config({"bottleneck": 10**7}), "lower channels"),
    "kernel_size": (config({"kernel_size": 10**7}), "kernel_size"),
    "kernel_sizes": (config({"kernel_size": None, "kernel_sizes": [10**7]}), "kernel_size"),
    "condition_size": (config({"condition_size": 10**7}), "weights"),
    "head": (config({"head": {**HEAD, "kernel_size": 10**7}}), "weights"),
    "head_size": (config({"head": None, "head_size": 10**7}), "weights"),
    "the second stack": (config({"head": {**HEAD, "out_channels": 8000}}, {"input_size": 2, "channels": 8000}), "[1]"),
    "beyond counting": (config({"channels": 10**400}), "layers_configs[0].channels: must be less than 16777216"),
    "a dilation": (config({"dilations": [2**23]}), "receptive field of 8,388,609 samples"),
    "many dilations": (config({"dilations": [1] * 100_000}), "layers_configs: the dilations of 1 stacks make 100000"),
    "many in many": (config(*[{"dilations": [1] * 900}] * 2), "make 1800 layers, at most 1000"),
    "many kernel sizes": (config({"kernel_sizes": [1] * 5000}), "kernel_sizes: the list has 5000 entries"),
    "many activations": (config({"activation": ["Tanh"] * 100_000}), "activation has 100000 entries for the 1 layers"),
    "many stacks": (config(*[{}] * 20_000), "20000 stacks"),
    "a long post-head": (
        config(
            head_config={"in_channels": 1, "channels": 1, "activation": "ReLU", "num_layers": 10**9, "out_channels": 1}
        ),
        "head_config.num_layers: must be at most 1000",
    ),
    "a wide post-head": (
        config(head={"channels": 10**6, "activation": "ReLU", "out_channels": 1, "kernel_sizes": [64, 64]}),
        "weights",
    ),
    "sizes": (config({"channels": 1000, "slimmable": SLICE}), "1000 channels, at most 64"),
    "listed sizes": (
        config({"channels": 100, "slimmable": {**SLICE, "kwargs": {"allowed_channels": list(range(1, 101))}}}),
        "slimmable makes 100 sizes, at most 64",
    ),
    "condition_dsp": (
        config({"condition_size": 2}, condition_dsp={"name": "WaveNet", "config": config({"channels": 20000})}),
        "condition_dsp.config",
    ),
    "sample_rate": (config(sample_rate=999999999), "sample_rate: must be at most 1000000"),
    "conditions": (
        config(conditions=[f"knob {i}" for i in range(100_000)]),
        "conditions: there are more than 1000 entries",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_nobody_could_build_is_refused_at_once(case):
    given_config, told = REFUSED[case]
    given_config = {**given_config, "layers_configs": [dict(stack) for stack in given_config["layers_configs"]]}
    for stack in given_config["layers_configs"]:
        for key in [key for key, value in stack.items() if value is None]:
            del stack[key]
    tracemalloc.start()
    start = time.process_time()
    _, problems = validate(WaveNetConfig, given_config)
    seconds, (_, peak) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told in "; ".join(map(str, problems))
    # Watching the memory makes Python several times slower.
    assert seconds < 5.0
    assert peak < 100 * 2**20
    assert len(str(problems[0])) < 2000


def test_the_sizes_of_a_slimmable_net_take_no_memory_of_their_own():
    net = WaveNet.init_from_config(WaveNetConfig.model_validate(config({"channels": 64, "slimmable": SLICE})))
    assert len(net._slimming.skeletons) == 64
    devices = [next(skeleton.parameters()).device.type for skeleton in net._slimming.skeletons]
    assert devices == ["cpu"] + ["meta"] * 63
    x = torch.randn(2, 9)
    net.train()(x).square().mean().backward()
    assert net.eval()(x).shape == (2, 9)


def test_a_conditioning_model_reaches_back_beside_its_net():
    far = {"dilations": [600_000], "kernel_size": 2}
    inner = {"name": "WaveNet", "config": config({**far, "head": {**HEAD, "out_channels": 2}})}
    assert net_of(config({"condition_size": 2}, condition_dsp=inner)).receptive_field == 600_001
    filmed = {**far, "film_params": {"conv_pre_film": {"active": True}}}
    with pytest.raises(ConfigError, match="receptive field of 1,200,001 samples, at most 1,048,576"):
        net_of(config({"condition_size": 2, **filmed}, condition_dsp=inner))


def test_the_rate_of_a_conditioning_model_is_that_of_the_net():
    net = net_of(
        config(
            {"condition_size": 2},
            condition_dsp={"name": "WaveNet", "config": config({"head": {**HEAD, "out_channels": 2}})},
        )
    )
    net.sample_rate = 48000.0
    written = json.loads(json.dumps(document_of(net)["config"]))
    assert WaveNet.from_exported(written, 48000.0).condition_dsp.sample_rate == 48000.0
    assert WaveNet.from_exported(written, None).sample_rate is None
    with pytest.raises(ValueError, match="condition_dsp is for 48000 Hz, and the net for 44100"):
        WaveNet.from_exported(written, 44100.0)
    for rate in ("fast", True, -3):
        written["condition_dsp"]["sample_rate"] = rate
        with pytest.raises(ValueError, match="condition_dsp has the sample_rate"):
            WaveNet.from_exported(written, 48000.0)
