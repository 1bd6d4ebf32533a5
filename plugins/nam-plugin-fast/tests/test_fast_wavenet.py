"""A WaveNet in compiled code is the plain WaveNet: outputs, gradients, streams, in every form that it takes."""

import pytest
import torch
from fast_parts import LAWS, fast_of, peak_of, require_same, require_same_function, stir, wavenets
from hypothesis import given
from hypothesis import strategies as st

from nam_kernel import make_net
from nam_plugin_fast.place import path

pytestmark = pytest.mark.skipif(path() is None, reason="there is no compiled library")


@LAWS
@given(wavenets(), st.integers(1, 700), st.integers(1, 17), st.booleans(), st.integers(0, 99))
def test_outputs_and_gradients_are_those_of_the_plain_net(config, samples, batch, wants_input, seed):
    torch.manual_seed(seed)
    net = make_net("WaveNet", config)
    stir(net)
    x = (torch.rand(batch, net.receptive_field + samples - 1) * 2 - 1).requires_grad_(wants_input)
    require_same_function(net, (x,))


@LAWS
@given(wavenets(condition=2), st.integers(1, 300), st.integers(1, 5), st.booleans(), st.booleans(), st.integers(0, 99))
def test_conditions_are_heard_and_get_their_gradient(config, samples, batch, moves, wants, seed):
    torch.manual_seed(seed)
    net = make_net("WaveNet", config)
    stir(net)
    length = net.receptive_field + samples - 1
    x = torch.rand(batch, length) * 2 - 1
    knobs = [torch.rand((batch, length) if moves else (batch,)).requires_grad_(wants) for _ in range(2)]
    require_same_function(net, (x, *knobs))


@LAWS
@given(wavenets(), st.lists(st.integers(1, 600), min_size=1, max_size=6), st.integers(0, 99))
def test_stream_is_the_whole(config, sizes, seed):
    torch.manual_seed(seed)
    net = make_net("WaveNet", config).eval()
    stir(net)
    x = torch.rand(sum(sizes)) * 2 - 1
    stream = fast_of(net).stream()
    pieces = torch.cat([stream.feed(piece) for piece in x.split(sizes)], dim=-1)
    with torch.no_grad():
        require_same(pieces, net(x), 1e-5, "the stream", peak_of(net))


@LAWS
@given(wavenets(condition=2), st.lists(st.integers(1, 300), min_size=1, max_size=4), st.booleans(), st.integers(0, 99))
def test_stream_with_conditions_is_the_whole(config, sizes, moves, seed):
    torch.manual_seed(seed)
    net = make_net("WaveNet", config).eval()
    stir(net)
    x, knob = torch.rand(sum(sizes)) * 2 - 1, torch.rand(sum(sizes))
    net_stream, stream = net.stream(), fast_of(net).stream()
    for piece, k in zip(x.split(sizes), knob.split(sizes), strict=True):
        conditions = (k if moves else 0.3, 0.7)
        given, expected = stream.feed(piece, *conditions), net_stream.feed(piece, *conditions)
        require_same(given, expected, 1e-5, "the stream", peak_of(net))
