"""An LSTM in compiled code is the plain LSTM: its state, its truncation, its streams."""

import pytest
import torch
from fast_parts import LAWS, fast_of, require_same, require_same_function, stir
from hypothesis import given
from hypothesis import strategies as st

from nam_kernel import accelerate, make_net
from nam_plugin_fast.place import path

pytestmark = pytest.mark.skipif(path() is None, reason="there is no compiled library")


@st.composite
def lstms(draw, conditions):
    config = {"hidden_size": draw(st.sampled_from([1, 3, 8, 16, 24, 30])), "num_layers": draw(st.integers(1, 3))}
    if conditions:
        config["input_size"] = 1 + conditions
    return {**config, "bias": draw(st.booleans())}


def net_of(config, conditions):
    net = make_net("CatLSTM" if conditions else "LSTM", config)
    stir(net)
    return net


@LAWS
@given(st.data(), st.integers(0, 2), st.integers(1, 260), st.integers(1, 19), st.booleans(), st.integers(0, 99))
def test_outputs_and_gradients_are_those_of_the_plain_net(data, conditions, samples, batch, wants_input, seed):
    torch.manual_seed(seed)
    config = data.draw(lstms(conditions))
    config["train_burn_in"] = data.draw(st.sampled_from([0, samples // 2]))
    config["train_truncate"] = data.draw(st.sampled_from([None, 1 + samples // 3]))
    net = net_of(config, conditions)
    x = (torch.rand(batch, samples) * 2 - 1).requires_grad_(wants_input)
    require_same_function(net, (x, *(torch.rand(batch) for _ in range(conditions))))


@LAWS
@given(st.data(), st.integers(0, 2), st.integers(1, 300), st.integers(1, 19), st.integers(0, 99))
def test_output_without_gradients_is_that_of_the_plain_net(data, conditions, samples, batch, seed):
    torch.manual_seed(seed)
    net = net_of(data.draw(lstms(conditions)), conditions).eval()
    x, knobs = torch.rand(batch, samples) * 2 - 1, [torch.rand(batch, samples) for _ in range(conditions)]
    with torch.no_grad():
        require_same(fast_of(net)(x, *knobs), net(x, *knobs), 1e-5, "the output")


@LAWS
@given(st.data(), st.lists(st.integers(1, 300), min_size=1, max_size=5), st.integers(0, 99))
def test_stream_is_the_whole(data, sizes, seed):
    torch.manual_seed(seed)
    net = net_of(data.draw(lstms(0)), 0).eval()
    x = torch.rand(sum(sizes)) * 2 - 1
    stream = fast_of(net).stream()
    pieces = torch.cat([stream.feed(piece) for piece in x.split(sizes)])
    with torch.no_grad():
        require_same(pieces, net(x), 1e-5, "the stream")


def test_dropout_between_layers_is_that_of_the_plain_net():
    net = make_net("LSTM", {"hidden_size": 8, "num_layers": 2, "dropout": 0.5}).train()
    x = torch.rand(2, 50)
    torch.manual_seed(3)
    expected = net(x)
    torch.manual_seed(3)
    torch.testing.assert_close(fast_of(net)(x), expected)


def test_kernel_trusts_it_where_a_burn_in_cuts_the_gradient_of_its_comparison():
    net = make_net("LSTM", {"hidden_size": 4, "train_burn_in": 4096, "train_truncate": 512})
    assert accelerate(net) is not net
