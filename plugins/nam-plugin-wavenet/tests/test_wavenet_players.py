"""Claims about what players look for, and where they differ: a dilated head, the last FiLM, spelled-out keys."""

from __future__ import annotations

import json

import pytest
import torch

from nam_kernel import make_net
from nam_kernel.config import collect_notes
from nam_kernel.errors import UserError
from nam_kernel.models import document_of, net_of
from nam_plugin_wavenet.net import WaveNet
from support import CASES

LINE = {"type": "LeakyReLU", "negative_slope": 1.0}


def impulse_response(net, length=30):
    x = torch.eye(1, length)[0]
    return net.eval()(x).detach().tolist()


# A dilated head


def with_head(dilation, taps, layer_dilation=1):
    """Return the net of a file: one layer that changes nothing, and a head."""
    stack = {
        "input_size": 1,
        "condition_size": 1,
        "channels": 1,
        "kernel_size": 2,
        "dilations": [layer_dilation],
        "activation": LINE,
        "gated": False,
        "head": {"out_channels": 1, "kernel_size": len(taps), "bias": False, "head_dilation": dilation},
    }
    net = WaveNet.from_exported({"layers": [stack], "head": None, "head_scale": 2.0}, 48000.0)
    # rechannel, two taps and their bias, the mixer, the 1x1 and its bias, the head, its scale
    net.import_weights([1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, *taps, 2.0])
    return net


@pytest.mark.parametrize("dilation", [1, 2, 7, 16])
def test_the_taps_of_a_head_are_as_far_apart_as_its_dilation(dilation):
    taps = [0.5, -0.25, 3.0]
    expected = torch.zeros(40)
    for i, tap in enumerate(reversed(taps)):
        expected[i * dilation] = 2 * tap
    net = with_head(dilation, taps)
    assert impulse_response(net, 40) == pytest.approx(expected.tolist(), abs=1e-6)
    assert net.receptive_field == 2 + 2 * dilation
    again = net_of(json.loads(json.dumps(document_of(net))))
    assert impulse_response(again, 40) == pytest.approx(expected.tolist(), abs=1e-6)
    assert ("head_dilation" in net.export_config()["layers"][0]["head"]) == (dilation > 1)


def test_a_head_of_one_tap_is_not_dilated():
    net = with_head(5, [3.0])
    assert impulse_response(net)[:2] == pytest.approx([6.0, 0.0])
    assert net.receptive_field == 2


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "2", True, 10**9])
def test_a_dilation_that_is_none_is_refused(wrong):
    with pytest.raises(ValueError, match="head.head_dilation is a"):
        with_head(wrong, [1.0, 1.0])


# FiLM after the 1x1 convolution, which players apply in blended layers, and newer ones in all


def film_net(activation, layers=2):
    torch.manual_seed(0)
    stack = {
        "input_size": 1,
        "condition_size": 1,
        "channels": 2,
        "kernel_size": 2,
        "dilations": [1] * layers,
        "activation": activation,
        "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
        "film_params": {"layer1x1_post_film": {"active": True, "shift": True}},
    }
    return make_net("WaveNet", {"layers_configs": [stack]})


def film_weights(net):
    """Return what the file holds of the FiLM of each layer: (scale of the condition, offsets)."""
    weights = torch.tensor(net.export_weights())
    per_layer = (len(weights) - 2 - 3 - 1) // 2
    layers = weights[2:-4].split(per_layer)
    return [layer[-8:].tolist() for layer in layers]


IDENTITY = [0.0] * 4 + [1.0, 1.0, 0.0, 0.0]
BLEND = {"name": "PairBlend", "primary": "Tanh", "secondary": "Sigmoid"}
GATE = {**BLEND, "name": "PairMultiply"}


@pytest.mark.parametrize("activation", ["Tanh", GATE, [GATE, BLEND]])
def test_outside_of_blended_layers_the_identity_is_trained_and_written(activation):
    net = film_net(activation)
    before = [parameter.detach().clone() for parameter in net.parameters()]
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    net.train()(torch.randn(2, 30)).square().mean().backward()
    optimizer.step()
    assert any(not torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))
    assert film_weights(net)[0] == IDENTITY


def test_in_blended_layers_it_is_trained_and_written():
    net = film_net([BLEND, "Tanh"])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    net.train()(torch.randn(2, 30)).square().mean().backward()
    optimizer.step()
    assert film_weights(net)[0] != IDENTITY


def test_an_older_checkpoint_cannot_bring_another_sound_into_a_file():
    net = film_net("Tanh")
    state = {k: torch.randn_like(v) if ".film." in k else v for k, v in net.state_dict().items()}
    net.load_state_dict(state)
    assert film_weights(net) == [IDENTITY] * 2


@pytest.mark.parametrize(
    ("activation", "noted"), [("Tanh", True), (GATE, True), (BLEND, False), ([BLEND, GATE], False)]
)
def test_reading_notes_what_players_disagree_on(activation, noted):
    """The last layer feeds nothing, so nobody disagrees on it."""
    document = document_of(film_net(activation))
    document["weights"] = torch.randn(len(document["weights"])).tolist()
    with collect_notes() as notes:
        net_of(document)
    assert any("--player newer" in note for note in notes) == noted


@pytest.mark.parametrize("activation", ["Tanh", GATE])
def test_what_was_read_as_newer_players_play_it_is_not_written(activation):
    document = document_of(film_net(activation))
    document["config"]["_player"] = "newer"
    with pytest.raises(UserError, match="cannot be written"):
        net_of(document).export_config()
    blended = document_of(film_net(BLEND))
    blended["config"]["_player"] = "newer"
    assert "_player" not in net_of(blended).export_config()


def test_what_was_read_as_newer_players_play_it_is_baked_so():
    """A constant condition of 0 leaves the offsets: the sum is 3 times the 1x1 convolution, plus 0.25."""
    stack = {"input_size": 1, "condition_size": 1, "channels": 1, "kernel_size": 1, "dilations": [1, 1], "gated": False}
    stack |= {"activation": LINE, "head_size": 1, "head_bias": False, "layer1x1_post_film": {"active": True}}
    config = {"layers": [stack], "head": None, "head_scale": 1.0, "conditions": ["gain"], "_player": "newer"}
    net = WaveNet.from_exported(config, None)
    layer = [1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 3.0, 0.25]
    net.import_weights([1.0, *layer, *layer, 1.0, 1.0])
    x = torch.linspace(-1.0, 1.0, 5)
    torch.testing.assert_close(net.eval()(x, 0.0), 8 * x + 0.25)
    torch.testing.assert_close(net.bake({}).eval()(x), 8 * x + 0.25)


# What the fast paths of players look for


def looked_for(stack):
    """Return the keys that NeuralAmpModelerCore's fast path reads without supposing anything."""
    return stack["bottleneck"], stack["layer1x1"], stack["activation"]


@pytest.mark.parametrize(
    ("activation", "written"),
    [
        ("LeakyReLU", {"type": "LeakyReLU", "negative_slope": 0.01}),
        ({"name": "LeakyReLU", "negative_slope": 0.2}, {"type": "LeakyReLU", "negative_slope": 0.2}),
        ("Tanh", {"type": "Tanh"}),
    ],
)
def test_a_file_of_the_newest_version_spells_out_what_fast_paths_look_for(activation, written):
    stack = {
        "input_size": 1,
        "condition_size": 1,
        "channels": 3,
        "kernel_sizes": [6, 15, 6],
        "dilations": [1, 3, 7],
        "activation": activation,
        "head": {"out_channels": 1, "kernel_size": 16, "bias": True},
    }
    net = make_net("WaveNet", {"layers_configs": [stack], "head_scale": 0.01})
    (layer,) = net.export_config()["layers"]
    assert looked_for(layer) == (3, {"active": True, "groups": 1}, [written] * 3)
    assert layer["gated"] is False
    again = net_of(json.loads(json.dumps(document_of(net))))
    assert again.export_config() == net.export_config()


def test_a_file_of_an_older_version_has_no_key_that_is_not_needed():
    stack = {
        "input_size": 1,
        "condition_size": 1,
        "channels": 3,
        "kernel_size": 3,
        "dilations": [1, 2],
        "activation": "LeakyReLU",
        "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
    }
    (layer,) = make_net("WaveNet", {"layers_configs": [stack]}).export_config()["layers"]
    assert not {"bottleneck", "layer1x1"} & layer.keys()
    assert layer["activation"] == "LeakyReLU"


@pytest.mark.skipif(not (CASES / "nam").is_dir(), reason=f"no case data in {CASES}")
@pytest.mark.parametrize(("index", "channels"), [(0, 3), (1, 8)])
def test_the_standard_a2_nets_are_written_for_the_fast_path(index, channels):
    document = json.loads((CASES / "nam" / "A2.nam").read_text())["config"]["submodels"][index]["model"]
    config = net_of(document).export_config()
    (layer,) = config["layers"]
    leaky = {"type": "LeakyReLU", "negative_slope": 0.01}
    assert looked_for(layer) == (channels, {"active": True, "groups": 1}, [leaky] * 23)
    assert layer["head"] == {"out_channels": 1, "kernel_size": 16, "bias": True}
    assert layer["kernel_sizes"] == [6] * 14 + [15] * 2 + [6] * 7
    assert (config["head"], config["head_scale"]) == (None, 0.01)
