"""Laws that hold for every WaveNet, whatever its features: small random nets of all of them."""

from __future__ import annotations

import json
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from wavenet_parts import LAWS, configs, net_of, noise

from nam_kernel import Condition, make_net
from nam_plugin_wavenet.net import WaveNet


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
def test_all_forms_of_a_condition_are_one(config):
    net = net_of(config)
    assert net.conditions == (Condition(""), Condition(""))
    assert net.architecture == "ConditionedWaveNet"
    x, knobs = noise(2, net.receptive_field + 9), noise(2, 2)
    expected = net(x, *knobs.unbind(1), pad_start=False)
    held = knobs[:, :, None].expand(-1, -1, x.shape[1])
    for conditions in ((knobs,), (held,), held.unbind(1), (knobs[:, 0], held[:, 1])):
        torch.testing.assert_close(net(x, *conditions, pad_start=False), expected)


@LAWS
@given(configs(), st.lists(st.integers(1, 30), min_size=1, max_size=6))
def test_a_stream_takes_blocks_of_any_size(config, sizes):
    net, x = net_of(config), noise(sum(sizes))
    stream = net.stream()
    pieces = [stream.feed(piece) for piece in torch.split(x, sizes)]
    assert [len(piece) for piece in pieces] == sizes
    torch.testing.assert_close(torch.cat(pieces), net(x, pad_start=True).detach(), rtol=1e-4, atol=1e-5)


@LAWS
@given(configs(condition=2), st.lists(st.integers(1, 30), min_size=1, max_size=6))
def test_in_a_stream_a_knob_moves_or_stays(config, sizes):
    net, x = net_of(config), noise(sum(sizes))
    knob, stream = noise(1, len(x))[0].sin(), net.stream()
    cut = zip(torch.split(x, sizes), torch.split(knob, sizes), strict=True)
    pieces = [stream.feed(piece, 0.25, moved) for piece, moved in cut]
    expected = net(x, 0.25, knob, pad_start=True).detach()
    torch.testing.assert_close(torch.cat(pieces), expected, rtol=1e-4, atol=1e-5)


@LAWS
@given(st.one_of(configs(), configs(condition=2)), st.floats(0.01, 100.0), st.booleans())
def test_a_scaled_net_and_its_file_are_louder_by_the_factor(config, size, inverted):
    net, x, factor = net_of(config), noise(2, 50), -size if inverted else size
    knobs = (0.3, -0.7)[: len(net.conditions)]
    with torch.no_grad():
        before = net(x, *knobs)
        net.metadata = {"loudness": -18.0, "gain": 0.5}
        net.scale_output(factor)
        again = WaveNet.from_exported(json.loads(json.dumps(net.export_config())), None)
        again.import_weights(net.export_weights().tolist())
        limit = 1e-5 * size * float(before.abs().max())
        for scaled in (net, again.eval()):
            torch.testing.assert_close(scaled(x, *knobs), factor * before, rtol=0, atol=limit)
    assert net.metadata == {"loudness": pytest.approx(-18.0 + 20 * math.log10(size)), "gain": 0.5}
    assert again.export_config() == net.export_config()


def test_a_net_that_needs_a_condition_says_so_when_it_gets_none():
    stack = {"input_size": 1, "condition_size": 2, "channels": 2, "kernel_size": 2, "dilations": [1]}
    head = {"out_channels": 1, "kernel_size": 1, "bias": True}
    net = make_net("WaveNet", {"layers_configs": [{**stack, "activation": "Tanh", "head": head}]})
    with pytest.raises(ValueError, match="takes 2 conditions, and was given 0"):
        net(noise(10))
    with pytest.raises(ValueError, match="takes 2 conditions, and was given 3"):
        net(noise(1, 10), noise(1, 3))


@LAWS
@given(configs())
def test_a_net_whose_condition_is_made_of_the_audio_refuses_another(config):
    net = net_of(config)
    assert net.conditions == ()
    with pytest.raises(ValueError, match="the audio only"):
        net(noise(2, 40), noise(2, 40))
    with pytest.raises(ValueError, match="the audio only"):
        net.stream().feed(noise(40), 0.5)
