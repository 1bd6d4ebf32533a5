"""A ConvNet in compiled code is the plain ConvNet."""

import pytest
import torch
from fast_parts import LAWS, fast_of, require_same, require_same_function, stir
from hypothesis import given
from hypothesis import strategies as st

from nam_kernel import make_net
from nam_plugin_fast.place import path

pytestmark = pytest.mark.skipif(path() is None, reason="there is no compiled library")

ACTIVATIONS = (
    *("Tanh", "Fasttanh", "Hardtanh", "LeakyHardtanh", "ReLU", "LeakyReLU", "Sigmoid", "SiLU", "Hardswish", "Softsign"),
    {"name": "LeakyReLU", "negative_slope": -0.3},
    {"name": "LeakyHardtanh", "max_val": 0.2, "min_slope": 0.5},
)


@st.composite
def convnets(draw, batchnorm):
    return {
        "channels": draw(st.integers(1, 17)),
        "dilations": draw(st.lists(st.sampled_from([1, 2, 5, 16, 90]), min_size=1, max_size=5)),
        "activation": draw(st.sampled_from(ACTIVATIONS)),
        "batchnorm": batchnorm,
    }


def net_of(config, seed):
    torch.manual_seed(seed)
    net = make_net("ConvNet", config)
    stir(net)
    if net.batchnorm:
        for layer in net.layers:
            layer.norm.running_mean.normal_()
            layer.norm.running_var.uniform_(0.5, 2.0)
    return net


@LAWS
@given(convnets(batchnorm=False), st.integers(1, 700), st.integers(1, 17), st.booleans(), st.integers(0, 99))
def test_outputs_and_gradients_are_those_of_the_plain_net(config, samples, batch, wants_input, seed):
    net = net_of(config, seed)
    x = (torch.rand(batch, net.receptive_field + samples - 1) * 2 - 1).requires_grad_(wants_input)
    require_same_function(net, (x,))


@LAWS
@given(convnets(batchnorm=True), st.lists(st.integers(1, 400), min_size=1, max_size=5), st.integers(0, 99))
def test_stream_is_the_whole_with_fixed_statistics_too(config, sizes, seed):
    net = net_of(config, seed).eval()
    x = torch.rand(sum(sizes)) * 2 - 1
    stream = fast_of(net).stream()
    pieces = torch.cat([stream.feed(piece) for piece in x.split(sizes)])
    with torch.no_grad():
        require_same(pieces, net(x), 2e-5, "the stream")
        require_same(fast_of(net)(x), net(x), 1e-5, "the output")


def test_statistics_are_learned_by_the_plain_net():
    nets = [net_of({"channels": 4, "dilations": [1, 2], "batchnorm": True}, 0).train() for _ in range(2)]
    x = torch.rand(3, 50)
    torch.testing.assert_close(fast_of(nets[0])(x), nets[1](x), rtol=0, atol=0)
    for given_, expected in zip(nets[0].buffers(), nets[1].buffers(), strict=True):
        torch.testing.assert_close(given_, expected, rtol=0, atol=0)
