"""A net baked at a setting is a stock WaveNet that sounds as the net does with its conditions held there."""

from __future__ import annotations

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from wavenet_parts import LAWS, configs, net_of, noise

from nam_kernel import make_net, models
from nam_kernel.errors import UserError
from nam_plugin_wavenet.spec import FILM_PLACES

KNOBS = [{"name": "bass", "low": -12, "high": 12, "default": 3}, {"name": "channel", "choices": ["clean", "lead"]}]


def conditioned(**changes):
    torch.manual_seed(0)
    stack = {
        "input_size": 1,
        "condition_size": 2,
        "channels": 4,
        "kernel_size": 3,
        "dilations": [1, 2],
        "activation": "Tanh",
        "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
        **changes,
    }
    return make_net("WaveNet", {"layers_configs": [stack], "conditions": KNOBS}).eval()


@LAWS
@given(configs(condition=2), st.floats(-12, 12), st.sampled_from(["clean", "lead"]))
def test_it_sounds_as_the_net_does_at_that_setting(config, bass, channel):
    """The net is of any features, FiLM at every place among them; float32 rounds its scales and shifts differently."""
    net, x = net_of({**config, "conditions": KNOBS}), noise(2, 200)
    position = float(channel == "lead")
    baked = net.bake({"bass": bass, "channel": channel})
    assert (baked.architecture, baked.conditions) == ("WaveNet", ())
    from_file = models.net_of(json.loads(json.dumps(models.document_of(baked))))
    with torch.no_grad():
        double = net.double()
        knobs = [torch.full((2,), value, dtype=torch.float64) for value in (bass, position)]
        expected = double(x.double(), *knobs)
        for stock in (baked, from_file):
            off = (stock(x).double() - expected).abs().max() / expected.abs().max()
            assert off <= 1e-5
        exactly = double.bake({"bass": bass, "channel": channel})(x.double())
        torch.testing.assert_close(exactly, expected, rtol=0, atol=1e-12 * float(expected.abs().max()))


@pytest.mark.parametrize("place", FILM_PLACES)
@pytest.mark.parametrize("shift", [True, False])
@pytest.mark.parametrize("has_head", [True, False])
def test_film_is_folded_at_every_place(place, shift, has_head):
    if place.startswith("head1x1") and not has_head:
        pytest.skip("there is no head 1x1 to modulate")
    net = conditioned(
        activation={"name": "PairBlend", "primary": "Tanh", "secondary": "Sigmoid"},
        film_params={place: {"active": True, "shift": shift, "groups": 2}},
        head_1x1_config={"active": has_head, "out_channels": 4, "groups": 2},
        groups_input=2,
    )
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    x = noise(100)
    with torch.no_grad():
        expected = net(x, -1.5, 1.0)
        assert (net(x, -1.0, 1.0) - expected).abs().max() > 1e-3 * expected.abs().max(), "it does not hear the knob"
        baked = net.bake({"bass": -1.5, "channel": "lead"})
        again = models.net_of(models.document_of(baked))
        for stock in (baked, again):
            torch.testing.assert_close(stock(x), expected, rtol=0, atol=2e-6 * float(expected.abs().max()))
    (layer,) = baked.export_config()["layers"]
    assert not set(FILM_PLACES) & layer.keys()


def test_a_setting_that_is_left_out_is_the_default():
    net, x = conditioned(), noise(100)
    with torch.no_grad():
        torch.testing.assert_close(net.bake({"channel": "lead"})(x), net(x, 3.0, 1.0), rtol=0, atol=1e-6)


def test_the_mixer_goes_into_the_bias_and_hears_the_audio_times_zero():
    """By hand: b + M p."""
    net = conditioned()
    before = net.network.stacks[0].layers[0]
    after = net.bake({"bass": 2.0, "channel": "lead"}).network.stacks[0].layers[0]
    expected = before.conv.bias + before.mixer.weight[:, :, 0] @ torch.tensor([2.0, 1.0])
    torch.testing.assert_close(after.conv.bias, expected)
    assert after.mixer.weight.shape == (4, 1, 1)
    assert not after.mixer.weight.any()


def test_a_net_without_film_needs_no_newer_player_when_baked():
    (layer,) = conditioned().bake({}).export_config()["layers"]
    assert layer["condition_size"] == 1
    assert models.document_of(conditioned().bake({}))["version"] == "0.5.4"


SLIM = {"method": "slice_channels_uniform", "kwargs": {"allowed_channels": [2, 4]}}


@pytest.mark.parametrize("size", [0.0, 1.0])
def test_a_slimmable_net_is_baked_at_every_size(size):
    net, x = conditioned(slimmable=SLIM), noise(100)
    baked = net.bake({"bass": 7.0})
    with torch.no_grad():
        expected = net.at_size(size)(x, 7.0, 0.0)
        torch.testing.assert_close(baked.at_size(size)(x), expected, rtol=0, atol=1e-6 * float(expected.abs().max()))


def test_film_of_several_sizes_is_refused_and_that_of_one_is_not():
    net, x = conditioned(slimmable=SLIM, film_params={"conv_post_film": {"active": True}}), noise(100)
    with pytest.raises(UserError, match=r"bake one of its sizes"):
        net.bake({})
    small = net.at_size(0.0)
    with torch.no_grad():
        expected = small(x, 3.0, 0.0)
        torch.testing.assert_close(small.bake({})(x), expected, rtol=0, atol=1e-6 * float(expected.abs().max()))


def test_a_baked_net_shares_nothing_with_the_net():
    net = conditioned()
    net.sample_rate = 44100.0
    before = net.export_weights()
    baked = net.train().bake({})
    assert (baked.sample_rate, baked.training) == (44100.0, True)
    with torch.no_grad():
        for tensor in baked.state_dict().values():
            tensor.zero_()
    assert (net.export_weights() == before).all()
    assert all(parameter.requires_grad for parameter in baked.parameters())


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"treble": 1}, "no knob 'treble'; it has: bass, channel"),
        ({"bass": 13}, "bass is 13; it goes from -12 to 12"),
        ({"channel": "crunch"}, "expected one of clean, lead"),
    ],
)
def test_a_setting_that_the_net_does_not_have_is_refused(values, reason):
    with pytest.raises(UserError, match=reason):
        conditioned().bake(values)


def test_without_conditions_there_is_nothing_to_bake():
    stack = {"input_size": 1, "condition_size": 1, "channels": 2, "kernel_size": 2, "dilations": [1]}
    config = {"layers_configs": [{**stack, "activation": "Tanh", "head": {"out_channels": 1, "bias": True}}]}
    with pytest.raises(UserError, match="nothing to bake"):
        make_net("WaveNet", config).bake({})
