"""A container read from a file sounds like the reference player, at every position of the size control."""

import json

import numpy as np
import pytest
import torch

from nam_kernel import plugins
from nam_kernel.models import document_of, net_of
from support import CASES

soundfile = pytest.importorskip("soundfile")
pytestmark = pytest.mark.skipif(not (CASES / "nam").is_dir(), reason=f"no case data in {CASES}")


@pytest.fixture(autouse=True)
def _needed(registered):
    missing = {"WaveNet", "LSTM"} - plugins.current().offers("net").keys()
    if missing:
        pytest.skip(f"no installed plugin offers {' and '.join(sorted(missing))}")


def read(name):
    return json.loads((CASES / "nam" / f"{name}.nam").read_text())


def assert_sounds_like(net, reference):
    x, _ = soundfile.read(CASES / "nam" / "input.wav", dtype="float32")
    expected, _ = soundfile.read(CASES / "nam" / f"{reference}.wav", dtype="float32")
    y = net.render(torch.from_numpy(x)).numpy()
    assert np.abs(y - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize("name", ["slimmable_container", "A2"])
def test_the_largest_size_is_what_the_player_plays_unless_told_otherwise(name):
    assert_sounds_like(net_of(read(name)).at_size(1.0), f"{name}.core")


@pytest.mark.parametrize("size", [0.0, 0.5, 1.0])
def test_a_size_is_what_the_player_plays_there(size):
    assert_sounds_like(net_of(read("A2")).at_size(size), f"A2.slim{size}.core")


def test_all_outputs_together_are_the_sizes_one_by_one():
    net = net_of(read("slimmable_container"))
    x, _ = soundfile.read(CASES / "nam" / "input.wav", dtype="float32")
    together = net.render(torch.from_numpy(x), size=4096)
    assert [type(net.at_size(s)).__name__ for s in (0.0, 0.33, 0.66)] == ["LSTM", "WaveNet", "WaveNet"]
    for row, size in zip(together, (0.0, 0.33, 0.66), strict=True):
        alone = net.at_size(size).render(torch.from_numpy(x))
        assert torch.allclose(row, alone, atol=1e-5 * float(alone.abs().max()), rtol=0)


@pytest.mark.parametrize("name", ["slimmable_container", "A2"])
def test_writing_a_file_again_keeps_sizes_weights_and_metadata(name):
    given = read(name)
    written = document_of(net_of(given))
    assert (written["version"], written["weights"]) == (given["version"], [])
    pairs = zip(written["config"]["submodels"], given["config"]["submodels"], strict=True)
    for ours, theirs in pairs:
        assert ours["max_value"] == theirs["max_value"]
        for key in ("architecture", "metadata", "sample_rate"):
            assert ours["model"][key] == theirs["model"][key]
        if theirs["model"]["architecture"] == "WaveNet":
            assert np.array_equal(ours["model"]["weights"], np.float32(theirs["model"]["weights"]))
    assert document_of(net_of(written))["config"] == written["config"]


@pytest.mark.parametrize("name", ["slimmable_container", "A2"])
def test_the_loudness_of_every_size_moves_with_its_level(name):
    """Half the level is 6.0206 dB less."""
    given = read(name)
    net = net_of(given)
    net.scale_output(-0.5)
    pairs = zip(document_of(net)["config"]["submodels"], given["config"]["submodels"], strict=True)
    for ours, theirs in ((one["model"]["metadata"], other["model"]["metadata"]) for one, other in pairs):
        assert ours == {**theirs, "loudness": pytest.approx(theirs["loudness"] - 6.0206, abs=1e-4)}
