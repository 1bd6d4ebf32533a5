"""A CatLSTM hears its conditions beside the audio."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nam_kernel import Condition, make_net
from nam_kernel.errors import UserError
from nam_kernel.models import document_of, net_of
from nam_plugin_lstm.cat import CatLSTM
from nam_plugin_lstm.net import LSTM

quick = settings(max_examples=15, deadline=None, database=None, derandomize=True)


def noise(*shape, seed=1):
    return torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32))


def catlstm(count=2, **more):
    torch.manual_seed(0)
    net = make_net("CatLSTM", {"hidden_size": 4, "input_size": 1 + count, **more}).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.5)
    return net


def with_knobs_set(net, values):
    """Return the plain LSTM that a CatLSTM is at constant conditions, which add to the first bias."""
    plain = LSTM(net.core.hidden_size).eval()
    state = net.state_dict()
    matrix = state["core.weight_ih_l0"]
    state["core.bias_ih_l0"] = state["core.bias_ih_l0"] + matrix[:, 1:] @ torch.tensor(values)
    state["core.weight_ih_l0"] = matrix[:, :1]
    plain.load_state_dict(state)
    return plain


def test_constant_conditions_act_as_a_bias():
    net, x = catlstm(), noise(2, 100)
    expected = with_knobs_set(net, [0.3, -0.7])(x)
    torch.testing.assert_close(net(x, torch.tensor([[0.3, -0.7]] * 2)), expected, rtol=0, atol=1e-6)


def test_all_forms_of_a_condition_are_one():
    net, x = catlstm(), noise(2, 100)
    expected = net(x, torch.tensor([[0.3, -0.7]] * 2))
    gain, tone = torch.full((2, 100), 0.3), torch.full((2, 100), -0.7)
    for conditions in [
        (0.3, -0.7),
        (torch.full((2,), 0.3), tone),
        (gain, tone),
        (torch.stack((gain, tone), 1),),
        (gain, tone[:, None]),
        (gain[:, :1], tone),
    ]:
        torch.testing.assert_close(net(x, *conditions), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 33, 1000])
def test_blocks_join_to_the_whole(size):
    net, x = catlstm(3), noise(100)
    conditions = (noise(100, seed=2), torch.tensor(0.5), -0.5)
    with torch.no_grad():
        whole = net(x, *conditions)
    torch.testing.assert_close(net.render(x, *conditions, size=size), whole, rtol=0, atol=1e-6)


@quick
@given(st.integers(1, 3), st.lists(st.integers(1, 60), min_size=1, max_size=9))
def test_a_stream_takes_blocks_of_any_size_with_knobs_that_move_or_stay(layers, sizes):
    net, x = catlstm(2, num_layers=layers), noise(sum(sizes))
    gain, stream = noise(len(x), seed=2), net.stream()
    cut = zip(torch.split(x, sizes), torch.split(gain, sizes), strict=True)
    pieces = [stream.feed(piece, knob, 0.25) for piece, knob in cut]
    assert [len(piece) for piece in pieces] == sizes
    with torch.no_grad():
        torch.testing.assert_close(torch.cat(pieces), net(x, gain, 0.25), rtol=0, atol=1e-6)


def test_a_knob_may_move_between_two_blocks():
    net, x = catlstm(1), noise(40)
    stream = net.stream()
    pieces = [stream.feed(x[:10], 0.1), stream.feed(x[10:11], torch.tensor([0.9])), stream.feed(x[11:], 0.5)]
    knob = torch.cat((torch.full((10,), 0.1), torch.tensor([0.9]), torch.full((29,), 0.5)))
    with torch.no_grad():
        torch.testing.assert_close(torch.cat(pieces), net(x, knob), rtol=0, atol=1e-6)


SWITCH = {"name": "channel", "choices": ["clean", "lead"], "default": 1}
KNOB = {"name": "bass", "low": -12, "high": 12, "default": 0, "unit": "dB"}


def test_conditions_have_names_and_ranges_and_keep_them_in_a_file():
    net, x = catlstm(3, conditions=["gain", KNOB, SWITCH], num_layers=2), noise(2, 100)
    expected = (
        Condition("gain"),
        Condition("bass", -12, 12, 0, "dB"),
        Condition("channel", 0, 1, 1, choices=("clean", "lead")),
    )
    assert net.conditions == expected
    document = json.loads(json.dumps(document_of(net)))
    assert (document["architecture"], document["version"]) == ("CatLSTM", "0.5.4")
    assert document["config"]["conditions"][0] == "gain"
    again = net_of(document)
    assert again.conditions == expected
    assert document_of(again)["config"] == document["config"]
    knobs = noise(2, 3)
    torch.testing.assert_close(again(x, knobs), net(x, knobs), rtol=0, atol=1e-6)
    assert dict(net.describe())["conditions"] == "gain, bass, channel"


def test_a_file_of_names_alone_says_no_more_than_they():
    assert document_of(catlstm(conditions=["gain", "tone"]))["config"] == {
        "input_size": 3,
        "hidden_size": 4,
        "num_layers": 1,
        "conditions": ["gain", "tone"],
    }


def test_conditions_that_were_only_counted_have_no_names():
    net = catlstm(2)
    assert net.conditions == (Condition(""), Condition(""))
    document = document_of(net)
    assert document["config"] == {"input_size": 3, "hidden_size": 4, "num_layers": 1}
    assert net_of(document).conditions == net.conditions


@quick
@given(st.integers(1, 3), st.booleans(), st.floats(-12, 12))
def test_baked_it_is_the_lstm_of_that_setting(layers, bias, bass):
    """The reference is the net itself with its knobs held, and the file after silence at that setting."""
    net, x = catlstm(2, conditions=[KNOB, SWITCH], num_layers=layers, bias=bias), noise(400)
    baked = net.bake({"bass": bass, "channel": "lead"})
    with torch.no_grad():
        expected = net(x, bass, 1.0)
        torch.testing.assert_close(baked(x), expected, rtol=0, atol=1e-6 * max(1.0, float(expected.abs().max())))
    assert (type(baked), baked.conditions, baked.architecture) == (LSTM, (), "LSTM")
    from_file, silence = net_of(json.loads(json.dumps(document_of(baked)))), torch.zeros(20000)
    after_silence = net.render(torch.cat((silence, x)), bass, 1.0)[len(silence) :]
    limit = 2e-5 * max(1.0, float(after_silence.abs().max()))
    torch.testing.assert_close(from_file.render(x), after_silence, rtol=0, atol=limit)


def test_a_setting_that_is_left_out_is_the_default():
    net, x = catlstm(2, conditions=[KNOB, SWITCH]), noise(50)
    with torch.no_grad():
        torch.testing.assert_close(net.bake({})(x), net(x, 0.0, 1.0), rtol=0, atol=1e-6)


def test_a_baked_net_trains_as_the_net_did_and_shares_nothing_with_it():
    net = catlstm(1, conditions=["gain"], num_layers=2, train_burn_in=7, train_truncate=9, dropout=0.5)
    net.sample_rate = 44100.0
    before = net.export_weights()
    baked = net.train().bake({"gain": 0.5})
    assert (baked.train_burn_in, baked.train_truncate, baked.core.dropout) == (7, 9, 0.5)
    assert (baked.sample_rate, baked.training) == (44100.0, True)
    with torch.no_grad():
        for parameter in baked.parameters():
            parameter.zero_()
    assert (net.export_weights() == before).all()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"treble": 1}, "no knob 'treble'; it has: bass, channel"),
        ({"bass": 13}, "bass is 13; it goes from -12 to 12 dB"),
        ({"channel": "crunch"}, "expected one of clean, lead"),
    ],
)
def test_a_setting_that_the_net_does_not_have_is_refused(values, reason):
    with pytest.raises(UserError, match=reason):
        catlstm(2, conditions=[KNOB, SWITCH]).bake(values)


def test_a_scaled_net_is_louder_by_the_factor():
    net, x = catlstm(1), noise(100)
    with torch.no_grad():
        before = net(x, 0.5)
        net.scale_output(-2.5)
        torch.testing.assert_close(net(x, 0.5), -2.5 * before, rtol=1e-6, atol=1e-6)
        torch.testing.assert_close(net_of(document_of(net))(x, 0.5), -2.5 * before, rtol=1e-6, atol=1e-6)


def test_wrong_number_of_conditions_is_refused():
    with pytest.raises(ValueError, match="takes 2 conditions, and was given 1"):
        catlstm()(noise(2, 100), noise(2))
    with pytest.raises(ValueError, match="takes 2 conditions, and was given 0"):
        catlstm().stream().feed(noise(9))


def test_learns_what_a_knob_does():
    """The target is the audio times the knob, which no net that ignores the knob can give."""
    torch.manual_seed(0)
    net, x, knob = CatLSTM(8, conditions=["volume"]), 0.5 * noise(8, 32), torch.linspace(-1, 1, 8)[:, None]
    y = x * knob
    optimizer = torch.optim.Adam(net.parameters(), lr=0.03)
    for _ in range(100):
        optimizer.zero_grad()
        loss = (net(x, knob) - y).square().mean() / y.square().mean()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.3
