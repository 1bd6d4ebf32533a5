"""What an LSTM computes, and what its file says."""

import json

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nam_kernel import make_net
from nam_kernel.errors import HandshakeError, ModelFileError, UserError
from nam_kernel.models import document_of, net_of
from nam_plugin_lstm.net import LSTM
from support import CASES

quick = settings(max_examples=15, deadline=None, database=None, derandomize=True)
configs = st.fixed_dictionaries(
    {"hidden_size": st.integers(1, 6), "num_layers": st.integers(1, 3)}, optional={"bias": st.booleans()}
)


def lstm(config, seed=0):
    """Return a net that is loud and whose initial state is not zero."""
    torch.manual_seed(seed)
    net = make_net("LSTM", config).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.5)
    return net


def noise(*shape, seed=1):
    return torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32))


def from_document(document):
    net = LSTM.from_exported(document["config"], document.get("sample_rate"))
    net.import_weights(document["weights"])
    return net.eval()


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def played(document, x):
    """
    Return what a player makes of an LSTM file, sample by sample and in double precision.

    A layer's matrix is rows of (input, hidden); its gates are input, forget, cell, output; its bias, hidden
    state and cell state follow; the head's weights and bias come last.
    """
    hidden_size, layers = document["config"]["hidden_size"], document["config"]["num_layers"]
    rest = np.asarray(document["weights"], np.float64)

    def take(*shape):
        nonlocal rest
        taken, rest = rest[: np.prod(shape)], rest[np.prod(shape) :]
        return taken.reshape(shape).copy()

    cells = []
    for layer in range(layers):
        width = hidden_size if layer else 1
        four = 4 * hidden_size
        cells.append([take(four, width + hidden_size), take(four), take(hidden_size), take(hidden_size)])
    head, offset = take(hidden_size), take(1)
    assert rest.size == 0

    out = []
    for sample in x:
        signal = np.array([sample])
        for cell in cells:
            matrix, bias, h, c = cell
            i, f, g, o = np.split(matrix @ np.concatenate([signal, h]) + bias, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            cell[2], cell[3] = signal, _ = sigmoid(o) * np.tanh(c), c
        out.append(head @ signal + offset[0])
    return np.array(out)


@quick
@given(configs)
def test_file_plays_as_the_net_renders_after_silence(config):
    net, x = lstm(config), noise(300)
    silence = torch.zeros(10000)
    rendered = net.render(torch.cat((silence, x)))[len(silence) :].numpy()
    expected = played(document_of(net), x.double().numpy())
    np.testing.assert_allclose(rendered, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


@quick
@given(configs)
def test_file_makes_a_net_that_begins_settled(config):
    net, x = from_document(document_of(lstm(config))), noise(300)
    expected = played(document_of(lstm(config)), x.double().numpy())
    np.testing.assert_allclose(net.render(x).numpy(), expected, rtol=0, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize(("rate", "warm_up"), [(8000.0, 4000), (20000.0, 10000), (None, 64)])
def test_a_state_that_is_not_settled_goes_on_in_silence_first(rate, warm_up):
    """As in a player: half a second, or 64 samples where the sample rate is not known."""
    document = document_of(lstm({"hidden_size": 3, "num_layers": 2}))
    weights = np.random.default_rng(3).normal(size=len(document["weights"]))
    document |= {"weights": weights.astype(np.float32).tolist(), "sample_rate": rate}
    net, x = from_document(document), noise(300)
    expected = played(document, np.concatenate((np.zeros(warm_up), x.double().numpy())))[warm_up:]
    np.testing.assert_allclose(net.render(x).numpy(), expected, rtol=0, atol=2e-5 * np.abs(expected).max())
    assert document_of(net)["weights"] == document["weights"]


def test_a_damaged_config_is_a_sentence():
    document = document_of(lstm({"hidden_size": 3}))
    with pytest.raises(ModelFileError) as caught:
        net_of({**document, "config": {"hidden_size": "3", "num_layers": 1.0}})
    assert str(caught.value).endswith('cannot be used: hidden_size: expected a whole number, got "3"')


def test_a_state_that_was_trained_further_is_written_settled():
    document = document_of(lstm({"hidden_size": 3}))
    document["weights"][-5] += 0.1
    net = from_document({**document, "sample_rate": 8000.0})
    with torch.no_grad():
        net.initial_cell += 0.5
    again = from_document(document_of(net))
    torch.testing.assert_close(again.initial_cell.detach(), net.settled_state()[1], rtol=0, atol=1e-6)


def test_keys_that_no_player_reads_are_ignored():
    document = document_of(lstm({"hidden_size": 3}))
    more = {"in_channels": 1, "out_channels": 1, "dropout": 0.1, "batch_first": True, "made_by": "another program"}
    net = from_document({**document, "config": {**document["config"], **more}})
    assert document_of(net) == document


@quick
@given(configs, st.integers(1, 400))
def test_blocks_join_to_the_whole(config, size):
    net, x = lstm(config), noise(500)
    with torch.no_grad():
        torch.testing.assert_close(net.render(x, size=size), net(x), rtol=0, atol=1e-6)


@quick
@given(configs, st.lists(st.integers(1, 90), min_size=1, max_size=9))
def test_a_stream_takes_blocks_of_any_size(config, sizes):
    net, x = lstm(config), noise(sum(sizes))
    stream = net.stream()
    pieces = [stream.feed(piece) for piece in torch.split(x, sizes)]
    assert [len(piece) for piece in pieces] == sizes
    assert len(stream.feed(x[:0])) == 0
    with torch.no_grad():
        torch.testing.assert_close(torch.cat(pieces), net(x, pad_start=True), rtol=0, atol=1e-6)


def test_two_streams_of_one_net_do_not_hear_each_other():
    net, x = lstm({"hidden_size": 3}), noise(20)
    one, other = net.stream(), net.stream()
    expected = one.feed(x[:10]), one.feed(x[10:])
    assert torch.equal(other.feed(x[:10]), expected[0])
    net.stream().feed(noise(50, seed=2))
    assert torch.equal(other.feed(x[10:]), expected[1])


@quick
@given(configs, st.floats(0.01, 100.0), st.booleans())
def test_a_scaled_net_and_its_file_are_louder_by_the_factor(config, size, inverted):
    net, x, factor = lstm(config), noise(300), -size if inverted else size
    before = played(document_of(net), x.double().numpy())
    with torch.no_grad():
        from_its_own_state = net(x)
        net.metadata = {"loudness": -18.0, "gain": 0.5}
        net.scale_output(factor)
        torch.testing.assert_close(net(x), factor * from_its_own_state, rtol=1e-5, atol=1e-6 * size)
    document = document_of(net)
    limit = 1e-5 * size * np.abs(before).max()
    for after in (played(document, x.double().numpy()), from_document(document).render(x).numpy()):
        assert np.abs(after - factor * before).max() <= limit
    assert net.metadata == {"loudness": pytest.approx(-18.0 + 20 * np.log10(size)), "gain": 0.5}


@quick
@given(configs)
def test_nothing_is_heard_before_it_is_played(config):
    net, x = lstm(config), noise(300)
    changed = x.clone()
    changed[200] += 1.0
    with torch.no_grad():
        heard = torch.nonzero(net(changed) != net(x)).flatten()
    assert heard[0] == 200
    assert net.receptive_field == 1


def test_signals_longer_than_cudnn_takes_are_joined_without_a_seam(monkeypatch):
    net, x = lstm({"hidden_size": 3, "num_layers": 2}), noise(2, 500)
    whole = net(x)
    monkeypatch.setattr("nam_plugin_lstm.net.LONGEST", 64)
    torch.testing.assert_close(net(x), whole, rtol=0, atol=1e-6)


def gradient_of_output(net, x, sample):
    """Return which input samples moved one output sample, as far as the gradient tells."""
    x = x.clone().requires_grad_()
    net.zero_grad()
    net.train()(x)[0, sample].backward()
    return torch.nonzero(x.grad[0]).flatten()


def test_truncation_cuts_the_gradient():
    net, x = lstm({"hidden_size": 4, "train_burn_in": 10, "train_truncate": 20}), noise(1, 100)
    assert gradient_of_output(net, x, 69)[[0, -1]].tolist() == [50, 69]
    assert gradient_of_output(net, x, 29)[[0, -1]].tolist() == [0, 29], "the first window learns from the burn-in"
    assert net.initial_hidden.grad.abs().max() > 0


@pytest.mark.parametrize("truncate", [None, 0])
def test_without_truncation_the_gradient_goes_all_the_way(truncate):
    net, x = lstm({"hidden_size": 4, "train_truncate": truncate}), noise(1, 100)
    assert gradient_of_output(net, x, 99)[0] == 0


def test_burn_in_outputs_carry_no_gradient():
    net, x = lstm({"hidden_size": 4, "train_burn_in": 30}), noise(1, 100)
    y = net.train()(x)
    y[:, :30].sum().backward(retain_graph=True)
    assert all(not p.grad.any() for p in net.parameters())
    y[:, 30:].sum().backward()
    assert net.core.weight_ih_l0.grad.any()


def test_burn_in_and_truncation_change_no_value():
    plain, cut = (
        lstm({"hidden_size": 4, "num_layers": 2, **more}) for more in ({}, {"train_burn_in": 7, "train_truncate": 13})
    )
    x = noise(2, 100)
    torch.testing.assert_close(cut.train()(x), plain.eval()(x), rtol=0, atol=1e-6)


def test_initial_state_is_learned():
    torch.manual_seed(0)
    net = LSTM(3)
    net.train()(noise(2, 50)).square().sum().backward()
    assert net.initial_hidden.grad.any()
    assert net.initial_cell.grad.any()


def test_export_leaves_the_net_as_it_was():
    net = lstm({"hidden_size": 3, "num_layers": 2, "dropout": 0.5}).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    first, second = net.export_weights(), net.export_weights()
    assert net.core.training
    assert (first == second).all(), "dropout must not reach the exported state"
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_a_restless_net_is_exported_all_the_same(monkeypatch):
    monkeypatch.setattr("nam_plugin_lstm.state.are_equal", lambda before, after: False)
    assert np.isfinite(lstm({"hidden_size": 2}).export_weights()).all()


def test_counts_multiplications():
    """By hand: layer 1: 8 x 3 + 6; layer 2: 8 x 4 + 6; head: 2."""
    assert lstm({"hidden_size": 2, "num_layers": 2}).multiply_adds() == 70


def test_wrong_number_of_weights_is_refused():
    with pytest.raises(ModelFileError, match=r"has 69 weights.* net of 70"):
        LSTM(3).import_weights([0.0] * 69)


def test_biases_do_not_fit_a_net_without():
    with pytest.raises(ValueError, match="leave bias out"):
        LSTM(3, bias=False).import_weights([1.0] * 70)


def test_conditions_are_refused():
    with pytest.raises(ValueError, match="CatLSTM"):
        LSTM(3)(noise(2, 9), noise(2))
    with pytest.raises(ValueError, match="CatLSTM"):
        LSTM(3).stream().feed(noise(9), 0.5)
    assert LSTM(3).conditions == ()


def test_there_is_nothing_to_bake():
    with pytest.raises(UserError, match="cannot be baked"):
        LSTM(3).bake({})


def test_any_version_of_a_file_will_do():
    assert LSTM(3).file_version is None
    assert document_of(LSTM(3))["version"] == "0.5.4"


def test_items_that_end_in_the_burn_in_are_refused():
    class Items:
        nx, ny = 1, 100

    LSTM(3, train_burn_in=99).handshake(Items())
    with pytest.raises(HandshakeError, match="nothing would be left"):
        LSTM(3, train_burn_in=100).handshake(Items())


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_tracing_records_a_net_for_any_length():
    net = lstm({"hidden_size": 3})
    traced = torch.jit.trace(net, (noise(1, 10),), check_trace=False)
    torch.testing.assert_close(traced(noise(1, 300)), net(noise(1, 300)), rtol=0, atol=1e-6)


def case(name):
    path = CASES / "nam" / name
    if not path.exists():
        pytest.skip(f"needs {name} of the cases ({CASES}); set NAM_CASES")
    return path


def reference(name):
    (x, _), (y, _) = (soundfile.read(case(n), dtype="float32") for n in ("input.wav", name))
    return x, y


def test_plays_a_file_as_the_reference_player_does():
    net = from_document(json.loads(case("lstm.nam").read_text()))
    x, expected = reference("lstm.core.wav")
    rendered = net.render(torch.from_numpy(x)).numpy()
    assert np.abs(rendered - expected).max() <= 1e-5 * np.abs(expected).max()


def test_reads_and_writes_a_file_of_older_making_without_a_change():
    document = json.loads(case("slimmable_container.nam").read_text())["config"]["submodels"][0]["model"]
    assert document["architecture"] == "LSTM"
    again = document_of(from_document(document))
    assert {key: again[key] for key in ("version", "architecture", "config")} == {
        key: document[key] for key in ("version", "architecture", "config")
    }
    np.testing.assert_allclose(again["weights"], document["weights"], rtol=0, atol=1e-5)
    assert document["weights"] == json.loads(case("lstm.nam").read_text())["weights"]
