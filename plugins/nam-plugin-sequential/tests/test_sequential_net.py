"""What a Sequential computes, what its file says, and which models it refuses."""

import json
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nam_kernel import make_net
from nam_kernel.config import validate
from nam_kernel.errors import ConfigError, HandshakeError, ModelFileError, UserError
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import document_of, net_of
from nam_plugin_sequential.config import SequentialConfig
from nam_plugin_sequential.net import Sequential

recurrent = find_spec("nam_plugin_lstm") is not None
needs_lstm = pytest.mark.skipif(not recurrent, reason="needs nam-plugin-lstm")
quick = settings(max_examples=15, deadline=None, database=None, derandomize=True)


def fir(length):
    return {"name": "ExampleNet", "config": {"taps": length}}


def lstm(size, **more):
    return {"name": "LSTM", "config": {"hidden_size": size, **more}}


def chain(*models):
    return {"models": list(models)}


firs = st.builds(fir, st.integers(1, 60))
models = st.one_of(firs, st.builds(lstm, st.integers(1, 4))) if recurrent else firs
configs = st.lists(models, min_size=1, max_size=4).map(lambda listed: chain(*listed))


def sequential(config, seed=0):
    torch.manual_seed(seed)
    net = make_net("Sequential", config).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.normal_(std=0.5)
    return net


def noise(*shape, seed=1):
    return torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32))


@quick
@given(configs)
def test_one_model_after_the_other(config):
    """By hand: each model hears the whole output of the one before, and all begin with silence."""
    net, x = sequential(config), noise(200)
    signal = torch.cat((torch.zeros(net.receptive_field - 1), x))[None]
    with torch.no_grad():
        for model in net.models:
            signal = model(signal, pad_start=False)
        torch.testing.assert_close(net(x), signal[0])


@quick
@given(configs, st.integers(1, 250))
def test_blocks_join_to_the_whole(config, size):
    net, x = sequential(config), noise(200)
    with torch.no_grad():
        torch.testing.assert_close(net.render(x, size=size), net(x), rtol=1e-4, atol=1e-5)


@quick
@given(configs, st.lists(st.integers(1, 90), min_size=1, max_size=9))
def test_a_stream_takes_blocks_of_any_size(config, sizes):
    net, x = sequential(config), noise(sum(sizes))
    stream = net.stream()
    pieces = [stream.feed(piece) for piece in torch.split(x, sizes)]
    assert [len(piece) for piece in pieces] == sizes
    with torch.no_grad():
        torch.testing.assert_close(torch.cat(pieces), net(x, pad_start=True), rtol=1e-4, atol=1e-5)


def counted(net):
    """Return a replacement of the net's forward, and the list that grows with each call of it."""
    calls = []

    def forward(*arguments, **keywords):
        calls.append(arguments)
        return net(*arguments, **keywords)

    return forward, calls


def test_a_faster_forward_is_used_where_no_model_has_a_state():
    net, x = sequential(chain(fir(5), fir(3))), noise(200)
    forward, calls = counted(net)
    with torch.no_grad():
        torch.testing.assert_close(net.render(x, size=70, forward=forward), net(x))
    assert len(calls) == 3


@needs_lstm
def test_a_faster_forward_is_not_used_beside_a_state():
    net, x = sequential(chain(lstm(3), fir(5))), noise(200)
    forward, calls = counted(net)
    with torch.no_grad():
        torch.testing.assert_close(net.render(x, size=70, forward=forward), net(x))
    assert calls == []


@needs_lstm
@quick
@given(st.lists(st.builds(lstm, st.integers(1, 4)), min_size=1, max_size=3), st.floats(0.01, 100.0), st.booleans())
def test_a_scaled_net_and_its_file_are_louder_by_the_factor(listed, size, inverted):
    net, x, factor = sequential(chain(*listed)), noise(200), -size if inverted else size
    silence = torch.zeros(10000)
    before = net.render(torch.cat((silence, x)))[len(silence) :]
    net.metadata = {"loudness": -18.0}
    net.scale_output(factor)
    limit = 1e-4 * size * float(before.abs().max())
    for scaled in (net, net_of(json.loads(json.dumps(document_of(net))))):
        after = scaled.render(torch.cat((silence, x)))[len(silence) :]
        torch.testing.assert_close(after, factor * before, rtol=0, atol=limit)
    assert net.metadata == {"loudness": pytest.approx(-18.0 + 20 * np.log10(size))}


def test_there_is_nothing_to_bake():
    with pytest.raises(UserError, match="cannot be baked"):
        sequential(chain(fir(2))).bake({})


class Wire(BaseNet):
    """A net that does nothing, and knows nothing of levels."""

    receptive_field, file_version = 1, None

    def compute(self, x, *conditions):
        return x

    def init_from_config(self, config): ...

    def export_config(self): ...


def wire(version=None):
    return type("Wire", (Wire,), {"file_version": version})()


@pytest.mark.parametrize(("versions", "highest"), [((None, "0.6.0", "0.5.4"), "0.7.0"), ((None, "0.8.0"), "0.8.0")])
def test_the_file_claims_to_be_for_no_player_that_cannot_read_it(versions, highest):
    assert Sequential([wire(version) for version in versions]).file_version == highest


def test_a_last_model_that_cannot_be_scaled_says_so():
    with pytest.raises(UserError, match="Wire cannot change the level of its output"):
        Sequential([wire()]).scale_output(2.0)


@quick
@given(st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_receptive_field_is_what_is_heard(lengths):
    """Convolving impulse responses of R1, R2 ... taps gives one of R1 + R2 ... - (number - 1) taps."""
    net = sequential(chain(*map(fir, lengths)))
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            parameter.zero_() if name.endswith("bias") else parameter.abs_().add_(0.5)
        heard = torch.nonzero(net(torch.eye(1, 300)[0]) > 0.01).flatten()
    assert heard[-1] + 1 == net.receptive_field == sum(lengths) - len(lengths) + 1


@quick
@given(configs)
def test_file_makes_the_same_net_again(config):
    net, x = sequential(config), noise(200)
    document = json.loads(json.dumps(document_of(net)))
    again = net_of(document)
    assert isinstance(again, Sequential)
    silence = torch.zeros(10000)
    expected, got = (n.render(torch.cat((silence, x)))[len(silence) :] for n in (net, again))
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)


def test_file_says_what_is_in_it():
    document = document_of(sequential(chain(fir(2), fir(3))))
    assert (document["version"], document["architecture"], document["weights"]) == ("0.7.0", "Sequential", [])
    assert [model["architecture"] for model in document["config"]["models"]] == ["ExampleNet", "ExampleNet"]
    assert [len(model["weights"]) for model in document["config"]["models"]] == [3, 4]


@needs_lstm
def test_nested_sequentials_are_one():
    inner = {"name": "Sequential", "config": chain(fir(2), fir(2))}
    net = sequential(chain(inner, lstm(2)))
    assert [model.architecture for model in net.models] == ["ExampleNet", "ExampleNet", "LSTM"]
    assert net.describe()[2] == ("model 3", "LSTM; layers: 1 of 2 hidden units")


@needs_lstm
def test_multiply_adds_add_up():
    assert sequential(chain(lstm(2), lstm(2))).multiply_adds() == 2 * (4 * 2 * 3 + 6 + 2)
    assert sequential(chain(lstm(2), fir(2))).multiply_adds() is None


@needs_lstm
def test_training_reaches_every_model():
    net = sequential(chain(lstm(2), fir(3)))
    net.train()(noise(2, 50)).square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in net.parameters())


@needs_lstm
def test_a_models_mistake_is_shown_in_its_place():
    with pytest.raises(ConfigError, match=r"models\[1\]\.config\.num_layer: .* did you mean 'num_layers'"):
        make_net("Sequential", chain(fir(2), lstm(2, num_layer=2)))
    with pytest.raises(ConfigError, match=r"models\[0\]\.name: .*'ExampelNet'"):
        make_net("Sequential", chain({"name": "ExampelNet"}))


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({}, "models: this key is missing"),
        ({"models": []}, "at least one"),
        ({"models": [{"config": {}}]}, "models[0].name: this key is missing"),
        ({"models": [{"name": "ExampleNet", "conf": {}}]}, "did you mean 'config'?"),
    ],
)
def test_wrong_configs_are_refused(config, reason):
    (problem,) = validate(SequentialConfig, config)[1]
    assert reason in str(problem)


@needs_lstm
def test_conditioned_models_are_refused():
    config = chain({"name": "CatLSTM", "config": {"hidden_size": 2, "conditions": ["gain"]}})
    with pytest.raises(ConfigError, match=r"model 1, CatLSTM, takes conditions \(gain\), which a Sequential cannot"):
        make_net("Sequential", config)
    for call in (sequential(chain(fir(2))), sequential(chain(fir(2))).stream().feed):
        with pytest.raises(ValueError, match="takes no conditions"):
            call(noise(9), noise(9))


def test_models_of_several_outputs_are_refused():
    class Two(Wire):
        outputs = ("small", "large")

    with pytest.raises(ValueError, match="model 1, Two, has several outputs"):
        Sequential([Two()])


def test_rates_must_agree():
    models = [make_net("ExampleNet", {"taps": 2}) for _ in range(2)]
    models[0].sample_rate, models[1].sample_rate = 44100.0, 48000.0
    with pytest.raises(ValueError, match="44100 and 48000 Hz"):
        Sequential(models)
    models[1].sample_rate = None
    assert Sequential(models).sample_rate == 44100.0


@needs_lstm
def test_every_model_may_refuse_a_dataset():
    class Items:
        nx, ny = 2, 10

    sequential(chain(lstm(2))).handshake(Items())
    with pytest.raises(HandshakeError, match="train_burn_in"):
        sequential(chain(lstm(2, train_burn_in=10))).handshake(Items())


@pytest.mark.parametrize("models", [None, {}, [], [3], [{"receptive_field": 2, "bias": False}]])
def test_damaged_files_are_refused(models):
    with pytest.raises(ModelFileError):
        net_of({"architecture": "Sequential", "config": {"models": models}, "weights": []})


def test_weights_of_its_own_are_refused():
    document = document_of(sequential(chain(fir(2))))
    with pytest.raises(ModelFileError, match="has 1 weights"):
        net_of({**document, "weights": [1.0]})


def test_a_warm_start_takes_every_models_weights():
    config = chain(fir(5), fir(3))
    old, new = sequential(config, seed=1), sequential(config, seed=2)
    new.start_from(old)
    x = torch.randn(500, generator=torch.Generator().manual_seed(0))
    assert torch.equal(new.render(x), old.render(x))


@needs_lstm
def test_a_warm_start_from_other_models_is_refused():
    with pytest.raises(ModelFileError, match="it holds LSTM, and the config ExampleNet"):
        sequential(chain(fir(5))).start_from(sequential(chain(lstm(3))))
