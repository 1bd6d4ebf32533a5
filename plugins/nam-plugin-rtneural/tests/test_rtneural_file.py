"""What is written is what Keras and the hosts of RTNeural expect: shapes, gates, biases, sizes, knobs, metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from rtneural_material import keras, lstm, noise, played

from nam_kernel import BaseNet
from nam_kernel.errors import TrainingError, UserError
from nam_kernel.run import bind, prove
from nam_plugin_rtneural.limits import SIZES
from nam_plugin_rtneural.runner import runner
from nam_plugin_rtneural.write import export


def written(net: BaseNet, folder: Path, **metadata: Any) -> dict[str, Any]:
    [path] = export(net, folder, "model", metadata)
    assert path == folder / "model.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def within(y: Any, expected: Any, limit: float = 1e-5) -> bool:
    return bool(np.abs(y - expected).max() <= limit * np.abs(expected).max())


@pytest.mark.parametrize("units", SIZES)
def test_keras_plays_every_size_as_torch_does(units: int, tmp_path: Path) -> None:
    net, x = lstm(units, seed=units), noise(300)
    document = written(net, tmp_path)
    assert within(keras(document, x), played(net, x))
    assert within(runner(tmp_path / "model.json")(np.concatenate((np.zeros(8000), x)))[8000:], played(net, x))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_it_has_the_shapes_that_loaders_look_at(count: int, tmp_path: Path) -> None:
    document = written(lstm(12, *["gain", "tone"][:count]), tmp_path)
    recurrent, dense = document["layers"]
    assert document["in_shape"] == [None, None, 1 + count]
    assert [document[key] for key in ("in_skip", "in_gain", "out_gain")] == [0, 0.0, 0.0]
    assert (recurrent["type"], recurrent["activation"], recurrent["shape"]) == ("lstm", "", [None, None, 12])
    assert (dense["type"], dense["activation"], dense["shape"]) == ("dense", "", [None, None, 1])
    assert [np.shape(w) for w in recurrent["weights"]] == [(1 + count, 48), (12, 48), (48,)]
    assert [np.shape(w) for w in dense["weights"]] == [(12, 1), (1,)]


def test_gates_are_in_the_order_of_keras_and_both_biases_are_added(tmp_path: Path) -> None:
    """Torch documents the rows of its matrices as i, f, g, o; Keras calls g the candidate c."""
    net: Any = lstm(8)
    with torch.no_grad():
        for parameter in (net.core.weight_ih_l0, net.core.bias_ih_l0, net.core.bias_hh_l0):
            parameter.zero_()
        net.core.weight_ih_l0[8:16] = 0.5  # the forget gate
        net.core.bias_ih_l0[16:24] = 0.25  # the candidate
        net.core.bias_hh_l0[16:24] = 0.5
    kernel, _, bias = written(net, tmp_path)["layers"][0]["weights"]
    assert kernel == [[0.0] * 8 + [0.5] * 8 + [0.0] * 16]
    assert bias == [0.0] * 16 + [0.75] * 8 + [0.0] * 8


GAIN = {"name": "gain", "low": -3.0, "high": 9.0, "default": 1.0, "unit": "dB"}
MODE = {"name": "mode", "choices": ["clean", "crunch", "lead"]}


@pytest.mark.parametrize(
    ("settings", "turned"), [((-3.0, 0.0), (0.0, 0.0)), ((9.0, 2.0), (1.0, 1.0)), ((3.0, 1.0), (0.5, 0.5))]
)
def test_knobs_go_from_0_to_1_in_a_host(settings: tuple[float, ...], turned: tuple[float, ...], tmp_path: Path) -> None:
    net, x = lstm(8, GAIN, MODE), noise(300)
    document = written(net, tmp_path)
    silence = np.zeros(6000)
    expected = played(net, np.concatenate((silence, x)), *settings)[len(silence) :]
    assert within(keras(document, x, *turned), expected)
    told = runner(tmp_path / "model.json")(np.concatenate((silence, x)), *settings)[len(silence) :]
    assert within(told, expected)
    assert [c["name"] for c in document["metadata"]["conditions"]] == ["gain", "mode"]


def test_knobs_may_move(tmp_path: Path) -> None:
    net, x = lstm(8, GAIN, "tone"), noise(400)
    written(net, tmp_path)
    ramp = np.concatenate((np.full(6000, -3.0), np.linspace(-3.0, 9.0, 400)))
    heard = np.concatenate((np.zeros(6000), x))
    with torch.no_grad():
        expected = net.render(torch.from_numpy(heard).float(), torch.from_numpy(ramp).float(), 0.25).numpy()
    stream = runner(tmp_path / "model.json").stream()
    pieces = [stream.feed(heard[i : i + 257], ramp[i : i + 257], 0.25) for i in range(0, len(heard), 257)]
    assert within(np.concatenate(pieces)[6000:], expected[6000:])


@pytest.mark.parametrize(("units", "conditions"), [(16, ()), (8, (GAIN, MODE))])
def test_the_kernel_proves_it(units: int, conditions: tuple[Any, ...], tmp_path: Path) -> None:
    net = lstm(units, *conditions)
    written(net, tmp_path)
    proof = prove(net, bind("exporter", "rtneural", {}), tmp_path / "model.json")
    assert proof.passed, proof
    assert proof.error is not None
    assert proof.error <= 1e-5


def test_the_proof_fails_for_a_file_of_another_net(tmp_path: Path) -> None:
    written(lstm(8, seed=1), tmp_path)
    assert prove(lstm(8), bind("exporter", "rtneural", {}), tmp_path / "model.json").passed is False


def test_the_learned_state_is_not_in_the_file(tmp_path: Path) -> None:
    """A host begins with zeros, so that nets which differ in it make one file."""
    net: Any = lstm(8)
    document = written(net, tmp_path)
    with torch.no_grad():
        net.initial_cell += 1.0
    assert written(net, tmp_path) == document


def test_metadata_is_as_in_published_files(tmp_path: Path) -> None:
    net = lstm(8)
    net.sample_rate = 44100.0
    document = written(net, tmp_path, name="Crunch", training={"validation_esr": 0.01, "loss": float("inf")})
    assert document["metadata"] == {
        "name": "Crunch",
        "samplerate": "44100",
        "esr": 0.01,
        "training": {"validation_esr": 0.01, "loss": None},
    }
    assert document["samplerate"] == 44100.0, "aidadsp-lv2 takes a number only, and here it looks second"
    with pytest.raises(UserError, match="metadata cannot be written"):
        written(net, tmp_path, name=object())


def test_numbers_that_no_player_can_use_are_not_written(tmp_path: Path) -> None:
    net: Any = lstm(8)
    with torch.no_grad():
        net.head.bias.fill_(float("nan"))
    with pytest.raises(TrainingError, match="diverged"):
        written(net, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_net_that_never_forgets_its_learned_state_fails_its_proof(tmp_path: Path) -> None:
    """Its cells keep what they begin with, and a host begins with zeros."""
    net: Any = lstm(8)
    with torch.no_grad():
        net.core.bias_ih_l0[:8] = -60.0
        net.core.bias_ih_l0[8:16] = 60.0
        net.initial_cell.fill_(1.0)
    written(net, tmp_path)
    proof = prove(net, bind("exporter", "rtneural", {}), tmp_path / "model.json")
    assert proof.passed is False
    assert proof.error is not None
    assert proof.error > 0.01
