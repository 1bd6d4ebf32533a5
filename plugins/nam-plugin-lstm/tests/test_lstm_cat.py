"""A CatLSTM hears its conditions beside the audio."""

import numpy as np
import pytest
import torch

from nam_kernel.errors import HandshakeError
from nam_kernel.models import document_of
from nam_plugin_lstm.cat import CatLSTM
from nam_plugin_lstm.net import LSTM


def noise(*shape, seed=1):
    return torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32))


def catlstm(count=2, **more):
    torch.manual_seed(0)
    net = CatLSTM.init_from_config({"hidden_size": 4, "input_size": 1 + count, **more}).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.5)
    return net


def with_knobs_set(net, values):
    """Make the plain LSTM that a CatLSTM is at constant conditions, which add to the first bias."""
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
        (gain, tone),
        (torch.stack((gain, tone), 1),),
        (gain, tone[:, None]),
        (gain[:, :1], tone),
    ]:
        torch.testing.assert_close(net(x, *conditions), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 33, 1000])
def test_blocks_join_to_the_whole(size):
    net, x = catlstm(3), noise(100)
    conditions = (noise(100, seed=2), torch.tensor([0.5, -0.5]))
    with torch.no_grad():
        whole = net(x, *conditions)
    torch.testing.assert_close(net.render(x, *conditions, size=size), whole, rtol=0, atol=1e-6)


def test_file_makes_the_same_net_again():
    net, x = catlstm(conditions=["gain", "tone"], num_layers=2), noise(2, 100)
    document = document_of(net)
    assert document["architecture"] == "CatLSTM"
    assert document["config"] == {
        "input_size": 3,
        "hidden_size": 4,
        "num_layers": 2,
        "conditions": ["gain", "tone"],
    }
    again = CatLSTM.from_exported(document["config"], None)
    again.import_weights(document["weights"])
    knobs = noise(2, 2)
    torch.testing.assert_close(again.eval()(x, knobs), net(x, knobs), rtol=0, atol=1e-6)
    assert again.condition_names == ("gain", "tone")


def test_wrong_number_of_conditions_is_refused():
    with pytest.raises(ValueError, match="got 1 conditions, but this CatLSTM takes 2"):
        catlstm()(noise(2, 100), noise(2, 1))


class Items(list):
    nx, ny = 1, 50


@pytest.mark.parametrize(
    "item",
    [
        (noise(50), noise(50), noise(50), noise(50)),
        (noise(50), noise(2, 50), noise(50)),
        (noise(50), noise(2), noise(50)),
        (noise(50), (noise(50), noise(1), noise(50))),
    ],
)
def test_shakes_hands_with_two_conditions_in_any_form(item):
    catlstm().handshake(Items([item]))


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ((noise(50), noise(50)), "gives 0 conditions"),
        ((noise(50), noise(3), noise(50)), "gives 3 conditions"),
        ((noise(50), (noise(50), noise(1))), "gives 1 conditions"),
        ((noise(50), torch.tensor(0.5), noise(50)), "a tensor of one number"),
    ],
)
def test_refuses_other_numbers_of_conditions(item, reason):
    with pytest.raises(HandshakeError, match=reason):
        catlstm().handshake(Items([item]))


def test_refuses_one_of_several_datasets():
    class Several:
        nx, ny = 1, 50
        datasets = (Items([(noise(50), noise(2), noise(50))]), Items([(noise(50), noise(50))]))

    with pytest.raises(HandshakeError, match="gives 0 conditions"):
        catlstm().handshake(Several())


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
