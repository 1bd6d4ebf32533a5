"""What a ConvNet computes, and what its file says."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nam_kernel import make_net
from nam_kernel.config import validate
from nam_kernel.errors import ModelFileError, UserError
from nam_kernel.models import document_of, net_of
from nam_plugin_convnet.activations import ACTIVATIONS
from nam_plugin_convnet.config import ConvNetConfig
from nam_plugin_convnet.net import ConvNet
from support import CASES

quick = settings(max_examples=25, deadline=None, database=None, derandomize=True)
configs = st.fixed_dictionaries(
    {
        "channels": st.integers(1, 5),
        "dilations": st.lists(st.integers(1, 20), min_size=1, max_size=4),
        "batchnorm": st.booleans(),
        "activation": st.sampled_from(["Tanh", "ReLU", "Sigmoid"]),
    }
)


def convnet(config, seed=0):
    """Return a net whose every number, those of the normalization included, is random."""
    torch.manual_seed(seed)
    net = make_net("ConvNet", config).eval()
    with torch.no_grad():
        for name, tensor in net.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 2.0)
            elif tensor.is_floating_point():
                tensor.normal_()
    return net


def noise(*shape, seed=1):
    return torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32))


def from_document(document):
    net = ConvNet.from_exported(document["config"], document.get("sample_rate"))
    net.import_weights(document["weights"])
    return net.eval()


def played(document, x):
    """
    Return what a player makes of a ConvNet file, in double precision.

    A layer's weights are (output, input, tap), the older sample's tap first; then a bias, or mean, variance,
    scale, offset and epsilon of a normalization. The head's weights and its bias come last.
    """
    config, rest = document["config"], np.asarray(document["weights"], np.float64)
    activate = {"Tanh": np.tanh, "ReLU": lambda v: np.maximum(v, 0), "Sigmoid": lambda v: 1 / (1 + np.exp(-v))}[
        config["activation"]
    ]
    count = config["channels"]

    def take(*shape):
        nonlocal rest
        taken, rest = rest[: np.prod(shape)], rest[np.prod(shape) :]
        return taken.reshape(shape)

    warm_up = sum(config["dilations"])
    signal = np.concatenate([np.zeros(warm_up), x])[None]
    for dilation in config["dilations"]:
        matrix = take(count, len(signal), 2)
        signal = matrix[..., 0] @ signal[:, :-dilation] + matrix[..., 1] @ signal[:, dilation:]
        if config["batchnorm"]:
            mean, variance, scale, offset = (take(count, 1) for _ in range(4))
            signal = (signal - mean) / np.sqrt(variance + take(1)) * scale + offset
        else:
            signal = signal + take(count, 1)
        signal = activate(signal)
    head, bias = take(count), take(1)
    assert rest.size == 0
    return head @ signal + bias


@quick
@given(configs)
def test_file_plays_as_the_net_renders(config):
    net, x = convnet(config), noise(300)
    expected = played(document_of(net), x.double().numpy())
    rendered = net.render(x, size=77).numpy()
    assert np.abs(rendered - expected).max() <= 1e-5 * np.abs(expected).max()


@quick
@given(configs)
def test_file_makes_the_same_net_again(config):
    net, x = convnet(config), noise(300)
    document = document_of(net)
    again = from_document(document)
    torch.testing.assert_close(again.render(x), net.render(x), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(document_of(again)["weights"], document["weights"], rtol=1e-6)
    json.dumps(document)


@pytest.mark.parametrize("epsilon", [1e-5, 1e-3, 0.1])
def test_epsilon_of_a_file_counts(epsilon):
    document = document_of(convnet({"channels": 3, "dilations": [1, 5], "batchnorm": True}))
    first_epsilon = 3 * 2 + 4 * 3
    document["weights"][first_epsilon] = epsilon
    x = noise(200)
    expected = played(document, x.double().numpy())
    rendered = from_document(document).render(x).numpy()
    np.testing.assert_allclose(rendered, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


@quick
@given(configs)
def test_receptive_field_is_what_is_heard(config):
    """With positive weights and an activation that grows, every path from an input sample is heard."""
    net, x = convnet({**config, "activation": "Sigmoid"}).double(), noise(300).double()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.abs_().clamp_(0.2, 0.5)
        changed = x.clone()
        changed[100] += 1.0
        heard = torch.nonzero((net(changed) - net(x)).abs() > 1e-13).flatten()
    assert (heard[0], heard[-1]) == (100, 100 + net.receptive_field - 1)


@quick
@given(configs, st.integers(1, 300))
def test_blocks_join_to_the_whole(config, size):
    net, x = convnet(config), noise(300)
    with torch.no_grad():
        torch.testing.assert_close(net.render(x, size=size), net(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("Tanh", math.tanh),
        ("Hardtanh", lambda x: min(max(x, -1), 1)),
        ("LeakyHardtanh", lambda x: x if -1 <= x <= 1 else math.copysign(1, x) + 0.01 * (x - math.copysign(1, x))),
        ("ReLU", lambda x: max(x, 0)),
        ("LeakyReLU", lambda x: x if x > 0 else 0.01 * x),
        ("Sigmoid", lambda x: 1 / (1 + math.exp(-x))),
        ("SiLU", lambda x: x / (1 + math.exp(-x))),
        ("Hardswish", lambda x: x * min(max(x + 3, 0), 6) / 6),
        ("Softsign", lambda x: x / (1 + abs(x))),
    ],
)
def test_activations_are_the_textbooks(name, function):
    x = torch.linspace(-5, 5, 101)
    expected = torch.tensor([function(v) for v in x.tolist()])
    torch.testing.assert_close(ACTIVATIONS[name](x), expected, rtol=0, atol=1e-6)


def test_fast_tanh_is_nearly_tanh():
    x = torch.linspace(-5, 5, 1001)
    assert (ACTIVATIONS["Fasttanh"](x) - torch.tanh(x)).abs().max() < 2e-3


def test_normalization_learns_in_training_and_rests_otherwise():
    net, x = convnet({"channels": 2, "dilations": [1], "batchnorm": True}), noise(2, 50)
    before = net.export_weights()
    net(x)
    assert (net.export_weights() == before).all()
    net.train()(x)
    assert (net.export_weights() != before).any()


def test_counts_multiplications():
    """By hand: 2 taps x (1 x 3 + 3 x 3), 3 scales a layer, 3 for the head."""
    assert convnet({"channels": 3, "dilations": [1, 2]}).multiply_adds() == 27
    assert convnet({"channels": 3, "dilations": [1, 2], "batchnorm": True}).multiply_adds() == 33


@pytest.mark.parametrize("version", ["v0.2/model", "v0.6/convnet"])
def test_configs_of_all_times_are_understood(version):
    path = CASES / "configs" / f"{version}.json"
    if not path.exists():
        pytest.skip(f"needs the cases ({CASES}); set NAM_CASES")
    given = json.loads(path.read_text())["net"]["config"]
    assert validate(ConvNetConfig, given)[1] == []
    net = make_net("ConvNet", given)
    assert net.receptive_field == 8191
    assert net.train()(torch.zeros(1, 8200)).shape == (1, 10)
    assert document_of(net.eval())["config"] == given
    weights_of_a_layer = 2 * 16 * 16 + 4 * 16 + 1
    assert len(net.export_weights()) == 24 * weights_of_a_layer - 2 * 16 * 15 + 17


@pytest.mark.parametrize("written", ["ReLU", {"name": "ReLU"}, {"type": "ReLU"}])
def test_an_activation_is_understood_in_any_form(written):
    assert validate(ConvNetConfig, {"activation": written})[0].activation.name == "ReLU"


def leaky_hardtanh(x):
    """Return the identity from -0.5 to 2, and slopes of 0.1 below and 0.3 above."""
    return -0.5 + 0.1 * (x + 0.5) if x < -0.5 else 2 + 0.3 * (x - 2) if x > 2 else x


@pytest.mark.parametrize(
    ("activation", "function"),
    [
        ({"type": "LeakyReLU", "negative_slope": 0.2}, lambda x: x if x > 0 else 0.2 * x),
        (
            {"type": "LeakyHardtanh", "min_val": -0.5, "max_val": 2.0, "min_slope": 0.1, "max_slope": 0.3},
            leaky_hardtanh,
        ),
    ],
)
def test_an_activation_may_have_parameters(activation, function):
    net = convnet({"channels": 1, "dilations": [1], "activation": activation})
    net.import_weights([0.0, 1.0, 0.0, 1.0, 0.0])
    x = torch.linspace(-4, 4, 81)
    expected = torch.tensor([function(v) for v in x.tolist()])
    torch.testing.assert_close(net(x), expected, rtol=0, atol=1e-6)
    document = document_of(net)
    assert (document["version"], document["config"]["activation"]) == ("0.6.0", activation)
    torch.testing.assert_close(net_of(document)(x), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("written", "name", "parameters"),
    [
        ("LeakyHardTanh", "LeakyHardtanh", {}),
        ({"type": "LeakyHardTanh", "max_slope": 0.5}, "LeakyHardtanh", {"max_slope": 0.5}),
        ("PReLU", "LeakyReLU", {}),
        ({"type": "PReLU", "negative_slope": 0.4}, "LeakyReLU", {"negative_slope": 0.4}),
        ({"type": "Tanh", "inplace": False}, "Tanh", {}),
    ],
)
def test_a_file_is_read_as_a_player_reads_it(written, name, parameters):
    document = document_of(convnet({"channels": 2, "dilations": [1]}))
    more = {"in_channels": 1, "out_channels": 1, "kernel_size": 2, "ir_filename": "x", "made_by": "another program"}
    document["config"] |= {"activation": written, **more}
    net = net_of(document)
    assert (net.activation, net.activation_parameters) == (name, parameters)


def test_a_file_of_several_channels_is_refused():
    document = document_of(convnet({"channels": 2, "dilations": [1]}))
    document["config"]["out_channels"] = 2
    with pytest.raises(ModelFileError, match="out_channels is 2; only nets of one channel"):
        net_of(document)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("activation", "PReLU", "use LeakyReLU"),
        ("activation", {"name": "PReLU"}, "use LeakyReLU"),
        ("activation", {"name": "LeakyReLU", "min_val": 0.2}, "LeakyReLU has no parameter 'min_val'; it takes neg"),
        ("activation", {"name": "Tanh", "negative_slope": 0.2}, "Tanh has no parameter 'negative_slope'"),
        ("activation", {"name": "LeakyHardtanh", "min_val": 1, "max_val": 0}, "exchange them"),
        ("activation", {"name": "LeakyReLU", "negative_slop": 0.2}, "did you mean 'negative_slope'"),
        ("activation", "GELU", "must be 'Tanh', "),
        ("activation", [], "must be 'Tanh', "),
        ("groups", 2, "cannot be in groups"),
        ("train_strategy", "stride", "must be 'dilate'"),
        ("ir_filename", "ir.wav", "load the impulse response after"),
        ("dilations", [], "at least one"),
        ("dilations", [0], "greater than 0"),
        ("kernel_size", 3, "unknown key"),
    ],
)
def test_what_a_player_cannot_play_is_refused_with_the_reason(key, value, reason):
    (problem,) = validate(ConvNetConfig, {key: value})[1]
    assert reason in str(problem)


def test_wrong_number_of_weights_is_refused():
    with pytest.raises(ModelFileError, match="has 3 weights"):
        ConvNet().import_weights([0.0] * 3)


@quick
@given(configs, st.floats(0.01, 100.0), st.booleans())
def test_a_scaled_net_and_its_file_are_louder_by_the_factor(config, size, inverted):
    net, x, factor = convnet(config), noise(300), -size if inverted else size
    before = played(document_of(net), x.double().numpy())
    net.metadata = {"loudness": -18.0, "gain": 0.5}
    net.scale_output(factor)
    document = document_of(net)
    limit = 2e-5 * size * np.abs(before).max()
    for after in (played(document, x.double().numpy()), net.render(x).numpy(), net_of(document).render(x).numpy()):
        assert np.abs(after - factor * before).max() <= limit
    assert net.metadata == {"loudness": pytest.approx(-18.0 + 20 * math.log10(size)), "gain": 0.5}


@quick
@given(configs, st.lists(st.integers(1, 90), min_size=1, max_size=9))
def test_a_stream_takes_blocks_of_any_size(config, sizes):
    net, x = convnet(config), noise(sum(sizes))
    stream = net.stream()
    pieces = [stream.feed(piece) for piece in torch.split(x, sizes)]
    assert [len(piece) for piece in pieces] == sizes
    with torch.no_grad():
        torch.testing.assert_close(torch.cat(pieces), net(x, pad_start=True), rtol=1e-4, atol=1e-5)


def test_conditions_are_refused():
    with pytest.raises(ValueError, match="takes no conditions"):
        ConvNet()(noise(2, 40), torch.zeros(2))
    assert ConvNet().conditions == ()


def test_there_is_nothing_to_bake():
    with pytest.raises(UserError, match="cannot be baked"):
        ConvNet().bake({})
