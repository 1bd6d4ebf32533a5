"""The config of a file: the lowest version, the trained slopes, and damage that is told, not raised."""

from __future__ import annotations

import json

import pytest
import torch

from nam_kernel import make_net, models
from nam_kernel.errors import ModelFileError
from nam_kernel.models import document_of
from nam_plugin_wavenet.net import WaveNet

HEAD = {"out_channels": 1, "kernel_size": 1, "bias": True}


def net_of(top=None, **changes):
    torch.manual_seed(0)
    stack = {
        "input_size": 1,
        "condition_size": 1,
        "channels": 2,
        "kernel_size": 3,
        "dilations": [1, 2],
        "activation": "Tanh",
        "head": HEAD,
        **changes,
    }
    return make_net("WaveNet", {"layers_configs": [stack], **(top or {})})


@pytest.mark.parametrize(
    ("changes", "version"),
    [
        ({}, "0.5.4"),
        ({"gated": True}, "0.5.4"),
        ({"activation": "ReLU"}, "0.5.4"),
        ({"bottleneck": 2, "groups_input": 1}, "0.5.4"),
        ({"condition_size": 0}, "0.5.4"),
        ({"bottleneck": 4}, "0.6.0"),
        ({"groups_input": 2}, "0.6.0"),
        ({"layer_1x1_config": {"active": False}}, "0.6.0"),
        ({"head_1x1_config": {"active": True}}, "0.6.0"),
        ({"film_params": {"conv_pre_film": {"active": True}}}, "0.6.0"),
        ({"activation": ["Tanh", "ReLU"]}, "0.6.0"),
        ({"activation": {"name": "LeakyReLU", "negative_slope": 0.2}}, "0.6.0"),
        ({"activation": {"name": "PairMultiply", "primary": "Tanh", "secondary": "Tanh"}}, "0.6.0"),
        ({"activation": {"name": "PairBlend", "primary": "Tanh", "secondary": "Sigmoid"}}, "0.6.0"),
        ({"head": {**HEAD, "kernel_size": 2}}, "0.7.0"),
        ({"slimmable": {"method": "slice_channels_uniform"}}, "0.7.0"),
        ({"top": {"head": {"channels": 2, "activation": "ReLU", "out_channels": 1, "kernel_sizes": [1]}}}, "0.7.0"),
    ],
)
def test_a_file_has_the_lowest_version_that_can_express_the_net(changes, version):
    net = net_of(**changes)
    assert document_of(net)["version"] == version
    assert net.file_version == (None if version == "0.5.4" else version)


def test_training_begins_without_offsets_and_with_heads_at_full_level():
    """A variance of 1 / inputs: 1 / (64 x 4) here."""
    net = net_of(channels=64, head={**HEAD, "kernel_size": 4}, head_1x1_config={"active": True, "out_channels": 64})
    layers = [layer for stack in net.network.stacks for layer in stack.layers]
    assert not any(conv.bias.any() for layer in layers for conv in (layer.conv, layer.layer_1x1, layer.head_1x1))
    assert float(net.network.stacks[0].head.weight.detach().var()) == pytest.approx(1 / 256, rel=0.2)


def test_a_net_of_the_first_kind_is_written_in_the_first_spelling():
    (layer,) = net_of(gated=True).export_config()["layers"]
    assert layer == {
        "input_size": 1,
        "condition_size": 1,
        "head_size": 1,
        "channels": 2,
        "kernel_size": 3,
        "dilations": [1, 2],
        "activation": "Tanh",
        "gated": True,
        "head_bias": True,
    }


def test_a_stack_without_a_condition_is_written_with_a_mixer_of_zeros():
    net = net_of(condition_size=0)
    (layer,) = net.export_config()["layers"]
    again = WaveNet.from_exported({"layers": [layer], "head_scale": 1.0}, None).eval()
    again.import_weights(net.export_weights().tolist())
    assert layer["condition_size"] == 1
    assert not again.network.stacks[0].layers[0].mixer.weight.any()
    x = torch.randn(30)
    torch.testing.assert_close(again.render(x), net.eval().render(x))


@pytest.mark.parametrize(
    ("activation", "key", "slopes"),
    [
        ("PReLU", "activation", {"negative_slope": 0.5}),
        ({"name": "PReLU", "num_parameters": 2}, "activation", {"negative_slopes": [0.5, 0.5]}),
        (
            {"name": "PairMultiply", "primary": "Tanh", "secondary": "PReLU"},
            "secondary_activation",
            {"negative_slopes": [0.5, 0.5]},
        ),
    ],
)
def test_trained_slopes_are_in_the_config(activation, key, slopes):
    net = net_of(activation=activation)
    for name, parameter in net.named_parameters():
        if "activation" in name:
            torch.nn.init.constant_(parameter, 0.5)
    (layer,) = net.export_config()["layers"]
    assert layer[key] == {"type": "PReLU", **slopes}
    assert not any("activation" in name for name, p in net.named_parameters() if not p.requires_grad)


def test_hardtanh_plays_between_one_and_minus_one_whatever_a_file_says():
    config = net_of(activation="Hardtanh").export_config()
    config["layers"][0]["activation"] = {"type": "Hardtanh", "min_val": -3.0, "max_val": 3.0}
    net = WaveNet.from_exported(config, None)
    assert net.export_config()["layers"][0]["activation"] == "Hardtanh"


CONDITIONS = [
    "gain",
    {"name": "bass", "low": -12, "high": 12, "default": 0, "unit": "dB"},
    {"name": "channel", "choices": ["clean", "lead"], "default": 1},
]


def test_a_file_has_the_conditions_with_names_and_ranges():
    net = net_of(condition_size=3, top={"conditions": CONDITIONS})
    document = json.loads(json.dumps(document_of(net)))
    assert (document["architecture"], document["config"]["conditions"][0]) == ("ConditionedWaveNet", "gain")
    again = models.net_of(document)
    assert again.conditions == net.conditions
    assert document_of(again)["config"] == document["config"]


def test_a_file_of_a_net_whose_conditions_have_no_names_says_none():
    document = document_of(net_of(condition_size=2))
    assert "conditions" not in document["config"]
    assert len(models.net_of(document).conditions) == 2


@pytest.mark.parametrize(
    ("conditions", "sentence"),
    [
        (["gain"], "conditions names 1, but condition_size is 2"),
        (3, "conditions: expected a list"),
        (["gain", {"name": "tone", "low": "x"}], r"conditions\[1\].low: expected a number"),
    ],
)
def test_damaged_conditions_are_a_sentence(conditions, sentence):
    document = document_of(net_of(condition_size=2))
    document["config"]["conditions"] = conditions
    with pytest.raises(ModelFileError, match=sentence):
        models.net_of(document)


def test_keys_that_no_player_reads_are_ignored():
    config = {**net_of().export_config(), "trained_by": "me"}
    config["layers"][0]["colour"] = "blue"
    assert WaveNet.from_exported(config, None).receptive_field == 7


def test_a_config_wrapped_in_a_slimmable_wavenet_is_found():
    config = net_of(slimmable={"method": "slice_channels_uniform"}).export_config()
    assert WaveNet.from_exported({"model": config}, None).export_config() == config


def test_a_stray_model_beside_the_layers_is_ignored():
    config = net_of().export_config()
    assert WaveNet.from_exported({**config, "model": {"layers": []}}, None).export_config() == config


def read_with(**changes):
    """Read the file of ``net_of()`` with other keys in its stack."""
    config = json.loads(json.dumps(net_of().export_config()))
    config["layers"][0] |= changes
    return WaveNet.from_exported(config, None)


def test_beside_the_older_gated_the_second_activation_is_a_sigmoid():
    """As in players, which look at ``secondary_activation`` beside ``gating_mode`` only."""
    layer = read_with(gated=True, secondary_activation="Tanh").spec.stacks[0].layers[0]
    assert (layer.gating, layer.secondary.name) == ("gated", "Sigmoid")
    layer = read_with(gating_mode="gated", secondary_activation="Tanh").spec.stacks[0].layers[0]
    assert (layer.gating, layer.secondary.name) == ("gated", "Tanh")
    assert read_with(gated=False, secondary_activation=["Mish"]).spec.stacks[0].layers[0].secondary is None


def test_the_other_spelling_of_leaky_hardtanh_is_understood():
    layer = read_with(activation={"type": "LeakyHardTanh", "max_slope": 0.5}).spec.stacks[0].layers[0]
    assert (layer.activation.name, layer.activation.parameters) == ("LeakyHardtanh", {"max_slope": 0.5})


SLICE = {"method": "slice_channels_uniform"}


@pytest.mark.parametrize(
    "written",
    [
        {},
        False,
        {"method": ""},
        {"kwargs": {"allowed_channels": [1, 2]}},
        {**SLICE, "kwargs": {"allowed_channels": None}},
        {**SLICE, "kwargs": {"allowed_channels": []}},
    ],
    ids=str,
)
def test_what_names_no_sizes_has_none(written):
    assert not read_with(slimmable=written).spec.slimmable


def test_every_number_of_channels_is_allowed_where_none_is_named():
    assert read_with(slimmable=SLICE).spec.stacks[0].slimmable.allowed_channels == (1, 2)


@pytest.mark.parametrize(
    "hindrance",
    [
        {"groups_input": 2},
        {"activation": {"type": "PReLU", "negative_slopes": [0.1, 0.2]}},
        {"head": {**HEAD, "kernel_size": 2}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_plays_only_as_a_whole_is_read_as_that(hindrance):
    net = read_with(slimmable=SLICE, **hindrance)
    assert not net.spec.slimmable
    assert "slimmable" not in net.export_config()["layers"][0]


def test_a_conditioning_model_of_several_sizes_is_refused():
    """A player's buffers are too short for it."""
    inner = document_of(net_of(slimmable=SLICE))
    config = {**net_of().export_config(), "condition_dsp": inner}
    with pytest.raises(ValueError, match="condition_dsp has several sizes"):
        WaveNet.from_exported(config, None)


def test_too_few_weights_are_refused():
    net = net_of()
    with pytest.raises(ModelFileError, match="weights"):
        net.import_weights(net.export_weights()[:-1])


DAMAGE = [
    ("layers", None, "layers is a list"),
    ("layers", [], "layers is empty"),
    ("layers", [3], r"layers\[0\] is an object"),
    ("head", 3, "head is an object"),
    ("head_scale", "loud", "head_scale is a finite number"),
    ("condition_dsp", "x", "condition_dsp is a model"),
    ("layers.channels", "4", r"layers\[0\]: channels is a positive whole number"),
    ("layers.channels", 10**9, "channels is a positive whole number"),
    ("layers.kernel_size", None, "kernel_size is a positive whole number"),
    ("layers.dilations", [1.5], "dilations is a whole number"),
    ("layers.dilations", [], "dilations is empty"),
    ("layers.activation", "Mish", "players do not know the activation 'Mish'"),
    ("layers.activation", {"type": 3}, "an activation is a name"),
    ("layers.activation", {"type": "PairMultiply", "primary": "Tanh"}, "PairMultiply is no activation of a file"),
    ("layers.activation", {"type": "PReLU", "negative_slopes": "x"}, "negative_slopes is a list"),
    ("layers.gating_mode", "open", "gating_mode is 'open'"),
    ("layers.gated", 1, "gated is true or false"),
    ("layers.head1x1", [], "head1x1 is an object"),
    ("layers.conv_pre_film", {"active": 1}, "conv_pre_film.active is true or false"),
    ("layers.input_size", 2, r"layers\[0\].input_size is 2"),
    ("layers.slimmable", {"method": "x"}, "only slice_channels_uniform"),
]


@pytest.mark.parametrize(("key", "value", "sentence"), DAMAGE, ids=lambda v: repr(v)[:30])
def test_a_damaged_config_is_a_sentence(key, value, sentence):
    config = json.loads(json.dumps(net_of().export_config()))
    target = config["layers"][0] if "." in key else config
    target[key.split(".")[-1]] = value
    with pytest.raises(ValueError, match=sentence):
        WaveNet.from_exported(config, None)


@pytest.mark.parametrize("sizes", [[40], [1] * 40, [7, 1, 25, 7]])
def test_a_conditioning_model_with_a_state_plays_on_in_a_stream(sizes):
    pytest.importorskip("nam_plugin_lstm", reason="needs nam-plugin-lstm")
    torch.manual_seed(1)
    inner = make_net("LSTM", {"hidden_size": 3, "num_layers": 2})
    for parameter in inner.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    config = {**net_of().export_config(), "condition_dsp": document_of(inner)}
    net = WaveNet.from_exported(config, None).eval()
    for parameter in net.network.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    x = torch.randn(40)
    stream = net.stream()
    pieces = [stream.feed(piece) for piece in torch.split(x, sizes)]
    assert [len(piece) for piece in pieces] == sizes
    torch.testing.assert_close(torch.cat(pieces), net(x, pad_start=True).detach())
