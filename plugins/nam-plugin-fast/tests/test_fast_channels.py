"""Nets that are fed several channels, audio and knobs, in compiled code: they are the plain ones."""

import pytest
import torch
from fast_parts import LAWS, fast_of, peak_of, require_same, require_same_function, stir, wavenets
from hypothesis import given
from hypothesis import strategies as st

from nam_kernel import make_net
from nam_plugin_fast.place import path
from nam_plugin_lstm.fed import FedLSTM

pytestmark = pytest.mark.skipif(path() is None, reason="there is no compiled library")


def fed(config, channels=3):
    """Return a config with as many input channels wherever the net heard the audio."""
    layers = [
        {**layer, "condition_size": channels * bool(layer["condition_size"])} for layer in config["layers_configs"]
    ]
    layers[0] = {**layers[0], "input_size": channels}
    return {**config, "layers_configs": layers, "in_channels": channels, "condition_dsp": None}


@LAWS
@given(wavenets(), st.integers(1, 300), st.integers(1, 5), st.booleans(), st.booleans(), st.integers(0, 99))
def test_outputs_and_gradients_are_those_of_the_plain_net(config, samples, batch, moves, wants, seed):
    torch.manual_seed(seed)
    net = make_net("WaveNet", fed(config))
    stir(net)
    length = net.receptive_field + samples - 1
    x = (torch.rand(batch, length) * 2 - 1).requires_grad_(wants)
    knobs = [torch.rand((batch, length) if moves else (batch,)).requires_grad_(wants) for _ in range(2)]
    require_same_function(net, (x, *knobs))


@LAWS
@given(wavenets(), st.lists(st.integers(1, 300), min_size=1, max_size=4), st.booleans(), st.integers(0, 99))
def test_stream_is_that_of_the_plain_net(config, sizes, moves, seed):
    torch.manual_seed(seed)
    net = make_net("WaveNet", fed(config)).eval()
    stir(net)
    x, knob = torch.rand(sum(sizes)) * 2 - 1, torch.rand(sum(sizes))
    net_stream, stream = net.stream(), fast_of(net).stream()
    for piece, k in zip(x.split(sizes), knob.split(sizes), strict=True):
        conditions = (k if moves else 0.3, 0.7)
        given, expected = stream.feed(piece, *conditions), net_stream.feed(piece, *conditions)
        require_same(given, expected, 1e-5, "the stream", peak_of(net))


@pytest.mark.parametrize("layers", [1, 2])
def test_an_lstm_settles_at_its_first_setting_in_compiled_code_too(layers):
    torch.manual_seed(layers)
    net = FedLSTM(6, layers, conditions=["gain", "tone"])
    stir(net)
    net.sample_rate = 8000.0
    x, knob = torch.rand(3, 200) - 0.5, torch.tensor([0.1, 0.9, 0.5])
    require_same_function(net, (x, knob, torch.full((3,), 0.2)))
    net.eval()
    with torch.no_grad():
        torch.testing.assert_close(fast_of(net)(x, knob, 0.2), net(x, knob, 0.2), rtol=0, atol=1e-5)
        torch.testing.assert_close(fast_of(net).stream().feed(x[0], 0.1, 0.2), net(x[0], 0.1, 0.2), rtol=0, atol=1e-5)
