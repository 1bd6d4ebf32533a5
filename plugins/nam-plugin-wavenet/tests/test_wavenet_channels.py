"""A WaveNet of several input channels, as players feed it: its knobs are heard wherever the audio is, and bake away."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from wavenet_parts import LAWS, configs, net_of, noise

from nam_kernel import make_net, models
from nam_kernel.config import validate
from nam_kernel.errors import ModelFileError, UserError
from nam_plugin_wavenet.config import WaveNetConfig

BASE = {
    "input_size": 3,
    "condition_size": 3,
    "channels": 4,
    "kernel_size": 3,
    "dilations": [1, 2],
    "activation": "Tanh",
    "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
}


def config(names=("gain", "tone"), **changes):
    return {"layers_configs": [{**BASE, **changes}], "in_channels": 3, "conditions": list(names)}


def random_net(seed=0, **changes):
    torch.manual_seed(seed)
    net = make_net("WaveNet", config(**changes)).eval()
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return net


def test_by_hand():
    """One channel, one tap: tanh(w r s + m s + b) times the head, where s is audio and knobs."""
    net = make_net(
        "WaveNet",
        config(channels=1, kernel_size=1, dilations=[1], head={"out_channels": 1, "kernel_size": 1, "bias": False}),
    )
    r, w, b, m = [0.5, 2.0, -1.0], 0.7, 0.1, [0.3, -0.2, 0.4]
    net.import_weights([*r, w, b, *m, 0.0, 0.0, 1.5, 2.0])
    x, knobs = np.array([0.2, -0.6]), [0.8, 0.25]
    heard = np.stack([x, *(np.full(2, k) for k in knobs)])
    expected = 2.0 * 1.5 * np.tanh(w * (np.array(r) @ heard) + np.array(m) @ heard + b)
    with torch.no_grad():
        found = net(torch.tensor(x, dtype=torch.float32), *knobs)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_its_file_is_one_that_older_players_refuse_to_read():
    net = random_net()
    document = json.loads(json.dumps(models.document_of(net)))
    assert (document["architecture"], document["version"], document["config"]["in_channels"]) == ("WaveNet", "0.6.0", 3)
    again = models.net_of(document)
    assert [c.name for c in again.conditions] == ["gain", "tone"]
    assert models.document_of(again) == models.document_of(net)
    del document["config"]["conditions"]
    assert [c.name for c in models.net_of(document).conditions] == ["", ""]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"input_size": 1}, "in_channels is 3; write 3"), ({"condition_size": 1}, "every mixer hears all of them")],
)
def test_channels_that_do_not_fit_are_refused(changes, sentence):
    assert sentence in str(validate(WaveNetConfig, config(**changes))[1])
    document = models.document_of(random_net())
    document["config"]["layers"][0] |= changes
    with pytest.raises(ModelFileError, match=sentence):
        models.net_of(document)


@LAWS
@given(configs(), st.integers(1, 3), st.floats(-1, 1), st.integers(0, 99))
def test_baked_it_is_a_stock_net_that_sounds_the_same(document, knobs, value, seed):
    """Nets of any features but FiLM, which hears the audio here."""
    layers = [{k: v for k, v in layer.items() if k != "film_params"} for layer in document["layers_configs"]]
    for layer in layers:
        layer["condition_size"] = (1 + knobs) * bool(layer["condition_size"])
        layer["groups_input_mixin"] = 1
    layers[0]["input_size"] = 1 + knobs
    torch.manual_seed(seed)
    net, x = net_of({**document, "layers_configs": layers, "in_channels": 1 + knobs, "condition_dsp": None}), noise(150)
    setting = {str(i + 1): value / (i + 1) for i in range(knobs)}
    baked = net.eval().bake({k: (v + 1) / 2 for k, v in setting.items()})
    assert (baked.conditions, baked.spec.in_channels) == ((), 1)
    from_file = models.net_of(json.loads(json.dumps(models.document_of(baked))))
    with torch.no_grad():
        double = net.double()
        expected = double(x.double(), *((v + 1) / 2 for v in setting.values()))
        peak = float(expected.abs().max())
        for stock in (baked, from_file):
            assert float((stock(x).double() - expected).abs().max()) <= 1e-5 * peak
        exactly = double.bake({k: (v + 1) / 2 for k, v in setting.items()})(x.double())
        torch.testing.assert_close(exactly, expected, rtol=0, atol=1e-12 * peak)


@pytest.mark.parametrize("has_1x1", [True, False])
def test_the_offset_of_the_rechannel_goes_as_far_as_it_is_heard(has_1x1):
    net, x = random_net(layer_1x1_config={"active": has_1x1}), noise(60)
    with torch.no_grad():
        expected = net(x, 0.9, 0.2)
        torch.testing.assert_close(net.bake({"gain": 0.9, "tone": 0.2})(x), expected, rtol=0, atol=2e-6)


def test_film_of_the_knobs_alone_folds_and_film_that_hears_the_audio_is_refused():
    net, x = random_net(film_params={"conv_post_film": {"active": True}}), noise(60)
    with pytest.raises(UserError, match="conv_post_film of this WaveNet hears the audio"):
        net.bake({})
    with torch.no_grad():
        for layer in net.network.stacks[0].layers:
            layer.film["conv_post_film"].conv.weight[:, 0] = 0.0
        expected = net(x, 0.9, 0.2)
        torch.testing.assert_close(net.bake({"gain": 0.9, "tone": 0.2})(x), expected, rtol=0, atol=2e-6)


def test_a_gradient_goes_through_the_folding():
    """The derivative by a knob, of the folded net, is that of the net itself."""
    from torch.func import functional_call

    from nam_plugin_wavenet.baking import folded, without_condition
    from nam_plugin_wavenet.network import Network

    net, x = random_net().double(), noise(60).double()
    setting = torch.tensor([0.4, 0.7], dtype=torch.float64, requires_grad=True)
    stock = Network(without_condition(net.spec)).double()
    y = functional_call(stock, folded(net.spec, net.network, setting), (x[None, None], x[None, None]))
    (found,) = torch.autograd.grad(y.square().sum(), setting)
    knobs = [torch.tensor([v], dtype=torch.float64, requires_grad=True) for v in (0.4, 0.7)]
    expected = torch.autograd.grad(net(x[None], *knobs, pad_start=False).square().sum(), knobs)
    torch.testing.assert_close(found, torch.cat(expected))
