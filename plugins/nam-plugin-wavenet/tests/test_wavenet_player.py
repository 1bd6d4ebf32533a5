"""The net sounds like the reference player, for every file of the cases, at every size."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile
import torch

from nam_kernel import make_net, models
from nam_plugin_wavenet.net import WaveNet
from support import CASES, case

NAMES = ["wavenet", "wavenet_a1_standard", "wavenet_condition_dsp", "wavenet_a2_max", "slimmable_wavenet"]

pytestmark = pytest.mark.skipif(not (CASES / "nam").is_dir(), reason=f"no case data in {CASES}")


def document_of(name):
    return json.loads((CASES / "nam" / f"{name}.nam").read_text())


def net_of(document):
    net = WaveNet.from_exported(document["config"], document.get("sample_rate"))
    net.import_weights(document["weights"])
    return net.eval()


def assert_sounds_like(net, reference):
    x, _ = soundfile.read(CASES / "nam" / "input.wav", dtype="float32")
    expected, _ = soundfile.read(CASES / "nam" / f"{reference}.wav", dtype="float32")
    y = net.render(torch.from_numpy(x)).numpy()
    assert len(y) == len(expected)
    assert np.abs(y - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize("name", NAMES)
def test_renders_what_the_player_renders(name):
    assert_sounds_like(net_of(document_of(name)), f"{name}.core")


@pytest.mark.parametrize("size", [0.0, 0.5, 1.0])
def test_a_size_renders_what_the_player_renders_at_that_size(size):
    net = net_of(document_of("slimmable_wavenet"))
    assert_sounds_like(net.at_size(size), f"slimmable_wavenet.slim{size}.core")


@pytest.mark.parametrize(("index", "reference"), [(0, "A2.slim0.0.core"), (1, "A2.slim1.0.core")])
def test_renders_both_nets_of_the_standard_a2_container(index, reference):
    document = document_of("A2")["config"]["submodels"][index]["model"]
    assert_sounds_like(net_of(document), reference)


@pytest.mark.parametrize("name", NAMES)
def test_writing_a_file_again_keeps_weights_sound_and_version(name):
    document = document_of(name)
    net = net_of(document)
    again = WaveNet.from_exported(json.loads(json.dumps(net.export_config())), net.sample_rate)
    again.import_weights(net.export_weights().tolist())
    # Two layers that are not blended have a layer1x1_post_film of 16 weights each, which is written as the identity.
    changed = net.export_weights() != np.float32(document["weights"])
    assert changed.sum() <= (32 if name == "wavenet_a2_max" else 0)
    assert again.export_config() == net.export_config()
    x = torch.randn(2000, generator=torch.Generator().manual_seed(0))
    assert torch.equal(again.eval().render(x), net.render(x))
    spelled = document["version"].rsplit(".", 1)[0]
    assert models.document_of(net)["version"].startswith(spelled)


def test_the_last_weight_is_the_head_scale():
    document = document_of("wavenet")
    document["weights"][-1] = 0.5
    assert net_of(document).export_config()["head_scale"] == 0.5


@pytest.mark.parametrize("name", ["jcm", "deluxe"])
def test_captures_found_in_the_field_are_rewritten_as_they_were(name):
    document = json.loads(case(f"rigs/{name}.nam").read_text())
    net = net_of(document)
    assert net.export_config() == document["config"]
    assert np.array_equal(net.export_weights(), np.float32(document["weights"]))
    assert net.receptive_field == 1 + 2 * 2 * 1023
    assert models.document_of(net)["version"] == "0.5.4"


@pytest.mark.parametrize("config", sorted((CASES / "configs").glob("*/wavenet*.json")), ids=str)
def test_configs_of_every_release_are_understood(config):
    net = make_net("WaveNet", json.loads(config.read_text())["net"]["config"])
    assert net.conditions == ()
