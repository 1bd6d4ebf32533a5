"""What a net with knobs is: the format's algebra by hand, its file, its start from a snapshot, its refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from parametric_parts import KNOBS, config_of, noise, random_net, stack

import nam_kernel
from nam_kernel import Condition, accelerate, make_net, models
from nam_kernel.config import validate
from nam_kernel.errors import ModelFileError, UserError
from nam_plugin_parametric.config import ConcatWaveNetConfig, FiLMWaveNetConfig
from nam_plugin_parametric.encoding import Encoding
from nam_plugin_parametric.params import condition_of, param_of

KINDS = ["ConcatWaveNet", "ConcatLSTM", "FiLMWaveNet", "HyperWaveNet"]
SETTING = {"gain": 7.0, "mid": 800.0, "mode": "lead"}


def test_knobs_are_from_minus_one_to_one_and_go_on_and_switches_are_one_hot():
    knobs = [
        Condition("gain", 2.0, 10.0),
        Condition("f", 100.0, 10000.0, curve="log"),
        Condition("m", choices=("a", "b")),
    ]
    found = Encoding(knobs)(torch.tensor([[2.0, 100.0, 0.0], [10.0, 1000.0, 1.0], [14.0, 10000.0, 1.0]]))
    expected = [[-1.0, -1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0], [2.0, 1.0, 0.0, 1.0]]
    torch.testing.assert_close(found, torch.tensor(expected))


@pytest.mark.parametrize("condition", [Condition("gain", 3.0, 3.0), Condition("gain", 0.0, float("inf"))])
def test_a_knob_without_a_range_is_refused(condition):
    with pytest.raises(ValueError, match="the knob 'gain' has no"):
        Encoding([condition])


def test_a_concatwavenet_by_hand():
    """One channel, one tap: head_scale h tanh(w r s + m s + b), s being the audio and the encoded knobs."""
    knobs = [{"name": "gain", "low": 0, "high": 10}, {"name": "mode", "choices": ["a", "b"]}]
    one = stack(channels=1, kernel_size=1, dilations=[1], head={"out_channels": 1, "kernel_size": 1, "bias": False})
    net = make_net("ConcatWaveNet", {"layers_configs": [one], "conditions": knobs}).eval()
    r, w, b, m, h = np.array([0.5, 0.3, -0.2, 0.1]), 0.7, 0.1, np.array([0.4, -0.6, 0.2, 0.5]), 1.5
    net.import_weights([*r, w, b, *m, 0.0, 0.0, h, 2.0])
    x = np.array([0.2, -0.6, 0.9])
    s = np.stack([x, np.full(3, -1 + 2 * 7.5 / 10), np.zeros(3), np.ones(3)])
    expected = 2.0 * h * np.tanh(w * (r @ s) + m @ s + b)
    with torch.no_grad():
        found = net(torch.tensor(x, dtype=torch.float32), 7.5, 1.0)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_its_file_is_what_players_with_knobs_read():
    document = json.loads(json.dumps(models.document_of(random_net("ConcatWaveNet"))))
    assert (document["version"], document["architecture"]) == ("1.0.0", "ConcatWaveNet")
    config = document["config"]
    assert not {"in_channels", "conditions"} & config.keys()
    assert [layer["condition_size"] for layer in config["layers"]] == [6, 6]
    assert config["layers"][0]["input_size"] == 6
    assert config["params"][0] == {
        "name": "gain",
        "min": 0.0,
        "max": 10.0,
        "default": 5.0,
        "type": "continuous",
        "enum_names": None,
        "step": 0.5,
        "avoid_zero": False,
    }
    warped, switch = config["params"][1:]
    np.testing.assert_allclose([warped[key] for key in ("min", "max", "default")], np.log10([200, 2000, 500]))
    assert (switch["type"], switch["min"], switch["max"], switch["default"]) == ("switch", 0, 2, 1)
    assert switch["enum_names"] == ["clean", "crunch", "lead"]


@pytest.mark.parametrize("kind", KINDS)
def test_read_back_it_has_the_same_knobs_and_sounds_the_same(kind, tmp_path):
    net, x = random_net(kind), noise(200)
    again = nam_kernel.read_model(nam_kernel.write_model(net, tmp_path / "m.nam"))
    assert again.conditions == net.conditions
    assert models.document_of(again)["config"] == models.document_of(net)["config"]
    torch.testing.assert_close(again.render(x, 7.0, 800.0, 2.0), net.render(x, 7.0, 800.0, 2.0), rtol=0, atol=2e-6)


def test_what_the_knobs_determine_may_be_left_out_of_a_file():
    document = json.loads(json.dumps(models.document_of(random_net("ConcatWaveNet"))))
    shorter = json.loads(json.dumps(document))
    del shorter["config"]["layers"][0]["input_size"]
    for layer in shorter["config"]["layers"]:
        del layer["condition_size"]
    x = noise(100)
    y, expected = (models.net_of(d).render(x, 1.0, 300.0, 0.0) for d in (shorter, document))
    torch.testing.assert_close(y, expected)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        (None, "no params"),
        ([], "no params"),
        ([3], r"params\[0\] is 3, not an object"),
        ([{"name": "gain", "min": 0, "max": 10}], r"params\[0\].default is None"),
        ([{"name": "gain", "min": 5, "max": 5, "default": 5}], "has no range"),
        ([{"name": "m", "min": 0, "max": 1, "default": 0, "type": "dial"}], "continuous or switch"),
        (
            [{"name": "m", "min": 0, "max": 2, "default": 0, "type": "switch", "enum_names": ["a", "b"]}],
            "has 2 positions",
        ),
        ([{"name": "gain", "min": 0, "max": 10, "default": 5}] * 2, "two params are named 'gain'"),
    ],
)
@pytest.mark.parametrize("kind", ["ConcatWaveNet", "ConcatLSTM"])
def test_a_file_whose_knobs_make_no_sense_is_refused(kind, params, sentence):
    document = models.document_of(random_net(kind))
    document["config"]["params"] = params
    with pytest.raises(ModelFileError, match=sentence):
        models.net_of(document)


@pytest.mark.parametrize(
    "condition",
    [
        Condition("g", -3, 4, 1, "dB", step=0.5),
        Condition("f", 20, 20000, 440, "Hz", curve="log"),
        Condition("m", default=1, choices=("a", "b")),
    ],
)
def test_a_condition_survives_a_file(condition):
    again = condition_of(json.loads(json.dumps(param_of(condition))), "params[0]")
    assert again == condition


def test_somebody_elses_hyperwavenet_is_refused_in_words():
    document = {
        "version": "1.0.0",
        "architecture": "HyperWaveNet",
        "config": {"layers": [], "hypernet": {"rank": 2}, "params": []},
        "weights": [0.0],
    }
    with pytest.raises(ModelFileError, match="a HyperWaveNet 1.0.0 cannot be read: the order of its weights"):
        models.net_of(document)


@pytest.mark.parametrize("kind", ["ConcatWaveNet", "FiLMWaveNet", "HyperWaveNet"])
def test_it_starts_as_a_snapshot_at_every_setting(kind, tmp_path):
    layers = config_of(kind)["layers_configs"]
    torch.manual_seed(3)
    snapshot = make_net("WaveNet", {"layers_configs": layers, "head_scale": 0.5}).eval()
    net = make_net(kind, config_of(kind)).eval()
    net.start_from(snapshot)
    x = noise(100)
    with torch.no_grad():
        for setting in ((0.0, 200.0, 0.0), (10.0, 1999.0, 2.0)):
            torch.testing.assert_close(net(x, *setting), snapshot(x), rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", ["ConcatWaveNet", "FiLMWaveNet"])
def test_a_snapshot_of_another_shape_is_refused(kind):
    other = make_net("WaveNet", {"layers_configs": [stack(channels=3)]})
    with pytest.raises(ModelFileError):
        make_net(kind, config_of(kind)).start_from(other)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"conditions": []}, "the net has no knobs"),
        ({"layers_configs": [stack(condition_size=2)]}, "those of a net for the audio alone"),
        ({"layers_configs": [stack(film_params={"conv_post_film": {"active": True}})]}, "cannot have film_params"),
        ({"conditions": [{"name": "gain", "low": 3, "high": 3}]}, "has no range"),
    ],
)
def test_a_config_that_cannot_be_is_refused_with_the_reason(changes, sentence):
    given = {"layers_configs": [stack()], "conditions": KNOBS, **changes}
    assert sentence in str(validate(ConcatWaveNetConfig, given)[1])


def test_a_site_that_no_layer_has_is_refused():
    assert validate(FiLMWaveNetConfig, {"layers_configs": [stack()], "conditions": KNOBS, "sites": []})[0] is None
    with pytest.raises(UserError, match="no layer has a head_1x1"):
        make_net("FiLMWaveNet", {"layers_configs": [stack()], "conditions": KNOBS, "sites": ["head1x1_post"]})


@pytest.mark.parametrize("kind", ["FiLMWaveNet", "HyperWaveNet"])
def test_items_of_a_batch_have_their_own_settings_and_a_knob_that_moves_is_held(kind):
    net, x = random_net(kind), noise(4, 300)
    gains = torch.tensor([1.0, 9.0, 1.0, 4.0])
    with torch.no_grad():
        together = net(x, gains, torch.full((4,), 400.0), torch.zeros(4))
        for i in range(4):
            torch.testing.assert_close(together[i], net(x[i], float(gains[i]), 400.0, 0.0), rtol=0, atol=1e-5)
        history = net.receptive_field - 1
        moving = torch.where(torch.arange(300) < 150, 1.0, 9.0)
        y = net(x[0], moving, 400.0, 0.0)
        # The first block that begins after the move hears it; before that nothing does.
        edge = next(start for start in range(0, 300, 64) if start >= 150)
        torch.testing.assert_close(y[:edge], net(x[0], 1.0, 400.0, 0.0)[:edge], rtol=0, atol=1e-5)
        torch.testing.assert_close(y[edge:], net(x[0], 9.0, 400.0, 0.0)[edge:], rtol=0, atol=1e-5)
        assert history > 0


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_accelerated_sounds_the_same_and_has_the_same_gradients(kind):
    pytest.importorskip("nam_plugin_fast")
    net = random_net(kind, spread=0.2).train()
    fast, x = accelerate(net), noise(3, 200)
    if fast is net:
        pytest.skip("nam-plugin-fast was built without a compiler")
    knobs = [torch.tensor([1.0, 9.0, 1.0]), torch.full((3,), 400.0), torch.tensor([0.0, 2.0, 0.0])]
    expected, found = (f(x, *knobs, pad_start=False) for f in (net, fast))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)
    wanted, given = (
        torch.autograd.grad(y.square().sum(), list(net.parameters()), allow_unused=True) for y in (expected, found)
    )
    for a, b in zip(wanted, given, strict=True):
        if a is not None:
            torch.testing.assert_close(b, a, rtol=1e-3, atol=1e-3 * float(a.abs().max()))
