"""What a Linear net computes, and what its file says."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nam_kernel import make_net
from nam_kernel.errors import ConfigError, ModelFileError, UserError
from nam_kernel.models import document_of, net_of
from nam_plugin_linear.net import Linear

quick = settings(max_examples=30, deadline=None, database=None, derandomize=True)
configs = st.fixed_dictionaries({"receptive_field": st.integers(1, 600)}, optional={"bias": st.booleans()})


def linear(config, seed=0):
    """Return a net whose taps are all far from zero, so that each can be seen in the output."""
    rng = np.random.default_rng(seed)
    net = make_net("Linear", config)
    size = net.export_weights().size
    net.import_weights(rng.choice([-1.0, 1.0], size) * rng.uniform(0.5, 1.0, size))
    return net.eval()


def noise(length, seed=1):
    return torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, length).astype(np.float32))


def played(document, x):
    """Return what a player makes of a Linear file: the weights are the impulse response, the offset follows."""
    weights = np.asarray(document["weights"], np.float64)
    length = document["config"]["receptive_field"]
    offset = weights[length] if document["config"]["bias"] else 0.0
    return np.convolve(x, weights[:length])[: len(x)] + offset


@quick
@given(configs)
def test_file_plays_as_the_net_renders(config):
    net, x = linear(config), noise(1000)
    expected = played(document_of(net), x.double().numpy())
    rendered = net.render(x, size=333).numpy()
    assert np.abs(rendered - expected).max() <= 1e-6 * np.abs(expected).max()


@quick
@given(configs)
def test_file_makes_the_same_net_again(config):
    net, x = linear(config), noise(700)
    document = document_of(net)
    again = Linear.from_exported(document["config"], 48000.0)
    again.import_weights(document["weights"])
    assert again.sample_rate == 48000.0
    assert torch.equal(again.eval().render(x), net.render(x))


@quick
@given(configs)
def test_a_change_is_heard_from_its_own_sample_on_for_the_receptive_field(config):
    net, x = linear(config), noise(1000)
    changed = x.clone()
    changed[200] += 1.0
    with torch.no_grad():
        heard = torch.nonzero((net(changed) - net(x)).abs() > 0.1).flatten()
    assert (heard[0], heard[-1]) == (200, 200 + net.receptive_field - 1)


@quick
@given(configs, st.integers(20, 500))
def test_blocks_join_to_the_whole(config, size):
    net, x = linear(config), noise(1000)
    with torch.no_grad():
        whole = net(x)
    torch.testing.assert_close(net.render(x, size=size), whole, rtol=0, atol=1e-6 * whole.abs().max().item())


@quick
@given(configs, st.floats(0.01, 100.0), st.booleans())
def test_a_scaled_net_and_its_file_are_louder_by_the_factor(config, size, inverted):
    net, x, factor = linear(config), noise(700), -size if inverted else size
    before = played(document_of(net), x.double().numpy())
    net.metadata = {"name": "cab", "loudness": -18.0}
    net.scale_output(factor)
    tolerance = 1e-5 * factor * np.abs(before).max()
    for scaled in (net, net_of(document_of(net))):
        assert np.abs(scaled.render(x).numpy() - factor * before).max() <= abs(tolerance)
    assert net.metadata == {"name": "cab", "loudness": pytest.approx(-18.0 + 20 * np.log10(size))}


@quick
@given(configs, st.lists(st.integers(1, 90), min_size=1, max_size=9))
def test_a_stream_takes_blocks_of_any_size(config, sizes):
    net, x = linear(config), noise(sum(sizes))
    stream = net.stream()
    pieces = [stream.feed(piece) for piece in torch.split(x, sizes)]
    assert [len(piece) for piece in pieces] == sizes
    with torch.no_grad():
        whole = net(x, pad_start=True)
    torch.testing.assert_close(torch.cat(pieces), whole, rtol=0, atol=1e-6 * net.receptive_field)


def test_conditions_are_refused():
    with pytest.raises(ValueError, match="takes no conditions"):
        linear({"receptive_field": 3})(torch.zeros(2, 9), torch.zeros(2))
    assert linear({"receptive_field": 3}).conditions == ()


def test_there_is_nothing_to_bake():
    with pytest.raises(UserError, match="cannot be baked"):
        linear({"receptive_field": 3}).bake({})


def test_training_takes_history_instead_of_silence():
    net = linear({"receptive_field": 3})
    assert net.train()(torch.zeros(2, 10)).shape == (2, 8)
    assert net.eval()(torch.zeros(2, 10)).shape == (2, 10)


@pytest.mark.parametrize("length", [8, 512])
def test_learns_a_delay(length):
    """The least-squares solution for y[n] = -x[n - 5] is one tap of -1."""
    torch.manual_seed(0)
    net, x = Linear(length), torch.randn(2, 1024 + length)
    y = -x[:, length - 6 : -5]
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(150):
        optimizer.zero_grad()
        (net(x) - y).square().mean().backward()
        optimizer.step()
    expected = torch.zeros(length)
    expected[5] = -1
    torch.testing.assert_close(net.impulse_response.detach(), expected, rtol=0, atol=0.02)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_tracing_a_long_net_records_the_direct_sum():
    net, x = linear({"receptive_field": 300}), noise(1000)[None]
    traced = torch.jit.trace(net, (x,), check_trace=False)
    assert "fft" not in str(traced.inlined_graph)
    torch.testing.assert_close(traced(x), net(x), rtol=0, atol=1e-4)


@pytest.mark.parametrize("weights", [[0.0] * 3, [0.0] * 5])
def test_wrong_number_of_weights_is_refused(weights):
    with pytest.raises(ModelFileError, match="describes a net of 4"):
        Linear(3, bias=True).import_weights(weights)


@pytest.mark.parametrize(
    "config", [{}, {"receptive_field": 0}, {"receptive_field": 2.5}, {"receptive_field": 4, "x": 1}]
)
def test_wrong_configs_are_refused(config):
    with pytest.raises(ConfigError):
        make_net("Linear", config)


def test_keys_that_no_player_reads_are_ignored():
    document = document_of(Linear(3, bias=True))
    document["config"] |= {"in_channels": 1, "implementation": "fft", "made_by": "another program"}
    assert net_of(document).export_config() == {"receptive_field": 3, "bias": True}
    document["config"]["in_channels"] = 2
    with pytest.raises(ModelFileError, match="in_channels is 2; only nets of one channel"):
        net_of(document)


def test_tells_its_length_in_milliseconds():
    assert Linear(480, sample_rate=48000.0).describe() == [("impulse response", "480 samples (10.0 ms)")]
