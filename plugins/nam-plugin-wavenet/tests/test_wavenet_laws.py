"""Laws that hold for every WaveNet, whatever its features: small random nets of all of them."""

from __future__ import annotations

import json

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nam_plugin_wavenet.net import WaveNet

LAWS = settings(
    deadline=None, max_examples=12, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
PLACES = (
    "conv_pre_film",
    "conv_post_film",
    "input_mixin_pre_film",
    "input_mixin_post_film",
    "activation_pre_film",
    "activation_post_film",
)


@st.composite
def activations(draw):
    plain = st.sampled_from(["Tanh", "Sigmoid", "Softsign", "SiLU", "Fasttanh"])
    if draw(st.booleans()):
        return draw(plain)
    pair = draw(st.sampled_from(["PairMultiply", "PairBlend"]))
    return {"name": pair, "primary": draw(plain), "secondary": draw(plain)}


@st.composite
def stacks(draw, input_size, channels, head, condition, last):
    layers = draw(st.integers(1, 3))
    groups = st.sampled_from([1, 2])
    head_1x1 = draw(st.booleans())
    active = draw(st.booleans())
    film = draw(st.lists(st.sampled_from(PLACES), unique=True, max_size=3))
    if active:
        film.append("layer1x1_post_film")
    return {
        "input_size": input_size,
        "condition_size": condition,
        "channels": channels,
        "bottleneck": channels if not (active and (last or head_1x1)) else draw(st.sampled_from([2, 4])),
        "kernel_sizes": draw(st.lists(st.integers(2, 4), min_size=layers, max_size=layers)),
        "dilations": draw(st.lists(st.integers(1, 5), min_size=layers, max_size=layers)),
        "activation": draw(st.lists(activations(), min_size=layers, max_size=layers)),
        "head": {"out_channels": head, "kernel_size": draw(st.integers(1, 4)), "bias": draw(st.booleans())},
        "groups_input": draw(groups),
        "groups_input_mixin": draw(groups) if condition == 2 else 1,
        "layer_1x1_config": {"active": active, "groups": draw(groups)},
        "head_1x1_config": {"active": head_1x1, "out_channels": channels, "groups": draw(groups)},
        "film_params": {
            place: {"active": True, "shift": draw(st.booleans()), "groups": 2 if condition == 2 else 1}
            for place in (film if condition else [])
        },
    }


@st.composite
def configs(draw, inner=False, condition=None):
    dsp = not inner and condition is None and draw(st.booleans())
    width = 2 if dsp else condition if condition is not None else draw(st.sampled_from([0, 1]))
    second = draw(st.booleans())
    out = 2 if inner else 1
    # A stack that another one follows accumulates as many channels as it has, and so does its follower.
    first = draw(stacks(1, 4, 2 if second else out, width, last=not second))
    layers = [first]
    if second:
        after = draw(stacks(4, 2, out, width, last=False))
        layers.append(after)
    config = {"layers_configs": layers, "head_scale": 0.5}
    if draw(st.booleans()):
        config["head"] = {
            "channels": 3,
            "activation": "Tanh",
            "out_channels": out,
            "kernel_sizes": draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)),
        }
    if dsp:
        config["condition_dsp"] = {"name": "WaveNet", "config": draw(configs(inner=True))}
    return config


def net_of(config):
    torch.manual_seed(0)
    net = WaveNet.init_from_config(config).eval()
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return net


def noise(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


@LAWS
@given(configs())
def test_the_declared_receptive_field_is_the_measured_one(config):
    net = net_of(config).double()
    x = noise(1, net.receptive_field + 7).double().requires_grad_()
    (gradient,) = torch.autograd.grad(net(x, pad_start=False)[0, 3], x)
    heard = gradient[0].nonzero()[:, 0]
    assert (int(heard.min()), int(heard.max())) == (3, 3 + net.receptive_field - 1)


@LAWS
@given(configs(), st.integers(0, 40))
def test_the_output_is_shorter_by_the_receptive_field_and_the_future_is_not_heard(config, extra):
    net = net_of(config)
    x = noise(2, net.receptive_field + extra)
    y = net(x, pad_start=False)
    assert y.shape == (2, extra + 1)
    x[:, -1] += 1.0
    assert torch.equal(net(x, pad_start=False)[:, :-1], y[:, :-1])


@LAWS
@given(configs(), st.integers(9, 30))
def test_rendering_in_blocks_equals_rendering_at_once(config, size):
    net = net_of(config)
    x = noise(40)
    torch.testing.assert_close(net.render(x, size=size), net(x, pad_start=True), rtol=1e-4, atol=1e-5)


@LAWS
@given(configs())
def test_a_net_read_from_its_own_file_sounds_the_same(config):
    net = net_of(config)
    exported = json.loads(json.dumps(net.export_config()))
    again = WaveNet.from_exported(exported, None)
    again.import_weights(net.export_weights().tolist())
    assert again.export_config() == net.export_config()
    x = noise(2, 50)
    with torch.no_grad():
        torch.testing.assert_close(again.eval()(x), net(x), rtol=1e-5, atol=1e-6)


@LAWS
@given(configs())
def test_a_gradient_reaches_every_parameter(config):
    net = net_of(config).train()
    net(noise(2, net.receptive_field + 20)).square().sum().backward()
    silent = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert silent == []


@LAWS
@given(configs(condition=2))
def test_constants_are_a_condition_held_over_time(config):
    net = net_of(config)
    assert net.condition_names == ("condition",)
    assert net.architecture == "ConditionedWaveNet"
    x, knobs = noise(2, net.receptive_field + 9), noise(2, 2)
    held = knobs[:, :, None].expand(-1, -1, x.shape[1])
    torch.testing.assert_close(net(x, knobs, pad_start=False), net(x, held, pad_start=False))


def test_a_net_that_needs_a_condition_says_so_when_it_gets_none():
    stack = {"input_size": 1, "condition_size": 2, "channels": 2, "kernel_size": 2, "dilations": [1]}
    head = {"out_channels": 1, "kernel_size": 1, "bias": True}
    net = WaveNet.init_from_config({"layers_configs": [{**stack, "activation": "Tanh", "head": head}]})
    with pytest.raises(ValueError, match="needs a condition of 2 channels"):
        net(noise(10))
    with pytest.raises(ValueError, match="given 3 channels"):
        net(noise(1, 10), noise(1, 3))
