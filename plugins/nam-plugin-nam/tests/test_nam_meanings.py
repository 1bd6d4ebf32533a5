"""Claims about what a file may mean: taps in the other order, FiLM as newer players apply it, a dilated head."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from nam_kernel import read_model, write_model
from nam_kernel.errors import ModelFileError, UserError
from nam_kernel.models import document_of, net_of
from nam_plugin_nam import info, meanings, render
from nam_plugin_nam.meanings import read_as
from nam_plugin_nam.player.runner import Player, runner
from nam_plugin_nam.read import read, read_document

pytest.importorskip("nam_plugin_wavenet")
pytest.importorskip("nam_plugin_linear")

TAPS = [0.125, 0.25, 0.5, 1.0]
LINEAR = {
    "version": "0.7.0",
    "architecture": "Linear",
    "config": {"receptive_field": 4, "bias": True},
    "weights": [*TAPS, 3.0],
    "sample_rate": 48000,
}


def put(folder: Path, document: dict[str, Any]) -> Path:
    (folder / "m.nam").write_text(json.dumps(document))
    return folder / "m.nam"


def impulse(folder: Path) -> Path:
    soundfile.write(folder / "impulse.wav", np.eye(1, 6)[0], 48000, subtype="FLOAT")
    return folder / "impulse.wav"


def played(folder: Path, model: Path, *more: str) -> list[float]:
    render.main([str(model), str(impulse(folder)), str(folder / "out.wav"), "--force", *more])
    samples: list[float] = soundfile.read(folder / "out.wav", dtype="float32")[0].tolist()
    return samples


def in_a_row(*models: dict[str, Any]) -> dict[str, Any]:
    return {**LINEAR, "architecture": "Sequential", "config": {"models": list(models)}, "weights": []}


def test_taps_are_turned_when_told_to(tmp_path: Path) -> None:
    """The constant at the end is no tap."""
    model = put(tmp_path, LINEAR)
    assert played(tmp_path, model) == [3.125, 3.25, 3.5, 4.0, 3.0, 3.0]
    assert played(tmp_path, model, "--newest-last") == [4.0, 3.5, 3.25, 3.125, 3.0, 3.0]
    assert json.loads(model.read_text()) == LINEAR


def test_taps_inside_of_other_models_are_turned_too(tmp_path: Path) -> None:
    pytest.importorskip("nam_plugin_sequential")
    delay = {**LINEAR, "config": {"receptive_field": 2, "bias": False}, "weights": [0.0, 1.0]}
    model = put(tmp_path, in_a_row(delay, delay))
    assert np.argmax(played(tmp_path, model)) == 2
    assert np.argmax(played(tmp_path, model, "--newest-last")) == 0


@pytest.mark.parametrize(
    ("taps", "guess"),
    [(TAPS, True), (TAPS[::-1], False), ([0.0, 0.0, 0.1, 0.9], True), ([1.0], False), ([0.9, 0.4, 0.1, -0.1], False)],
)
def test_info_says_how_to_tell(tmp_path: Path, taps: list[float], guess: bool) -> None:
    config = {"receptive_field": len(taps), "bias": False}
    model = put(tmp_path, {**LINEAR, "config": config, "weights": taps})
    told = dict(info.describe(model))["taps"]
    assert "--newest-last turns" in told
    assert ("probably one of those" in told) == guess
    turned = dict(info.describe(model, newest_last=True))["taps"]
    assert turned.startswith("the newest last, and turned")
    assert "probably" not in turned


def test_a_file_of_ours_is_not_suspected(tmp_path: Path) -> None:
    model = put(tmp_path, {**LINEAR, "metadata": {"made_by": {}}})
    assert "probably" not in dict(info.describe(model))["taps"]


def test_what_0_13_wrote_is_told_from_the_faults(faults: Path) -> None:
    told = dict(info.describe(faults / "linear_oldest_first.nam"))["taps"]
    # 25 + 36 + 49 + 64 of 204.
    assert "85% of the energy comes late, so this file is probably one of those" in told


def test_there_must_be_taps_to_turn(tmp_path: Path, gain: Any) -> None:
    model = write_model(gain(sample_rate=48000.0), tmp_path / "gain.nam")
    with pytest.raises(ModelFileError, match="no Linear model in it"):
        played(tmp_path, model, "--newest-last")
    with pytest.raises(UserError, match="are about .nam files"):
        render.main([str(tmp_path / "m.pt"), str(impulse(tmp_path)), str(tmp_path / "o.wav"), "--player", "newer"])


# FiLM after the 1x1 convolution


def wavenet(mode: str, scale: float, shift: float) -> dict[str, Any]:
    """Two layers that multiply by 1 and then by 2 before the residual sum; FiLM scales and shifts that."""
    layer = [1.0, 0.0, 0.0, 2.0, 0.0]
    # Of a gate the second half is a bias so large that its sigmoid is 1.
    weights = {"none": layer, "gated": [1.0, 0.0, 0.0, 1e3, 0.0, 0.0, 2.0, 0.0]}[mode]
    stack = {
        "input_size": 1,
        "condition_size": 1,
        "channels": 1,
        "kernel_size": 1,
        "dilations": [1, 1],
        "activation": {"type": "LeakyReLU", "negative_slope": 1.0},
        "gating_mode": mode,
        "secondary_activation": "Sigmoid",
        "layer1x1_post_film": {"active": True, "shift": True, "groups": 1},
        "head_size": 1,
        "head_bias": False,
    }
    film = [0.0, 0.0, scale, shift]
    return {
        "version": "0.6.0",
        "architecture": "WaveNet",
        "config": {"layers": [stack], "head": None, "head_scale": 1.0},
        "weights": [1.0, *weights, *film, *weights, *film, 1.0, 1.0],
        "sample_rate": 48000,
    }


@pytest.mark.parametrize("mode", ["none", "gated"])
def test_released_and_newer_players_differ_outside_of_blended_layers(tmp_path: Path, mode: str) -> None:
    """By hand: ``x`` from the first layer, and from the second ``x + 2 x``, or newer ``x + 3 (2 x) + 0.25``."""
    model, x = put(tmp_path, wavenet(mode, 3.0, 0.25)), np.eye(1, 6)[0]
    answers: dict[meanings.Player, Any] = {"released": 4.0 * x, "newer": 8.0 * x + 0.25}
    for player, expected in answers.items():
        assert played(tmp_path, model, "--player", player) == pytest.approx(expected, abs=1e-6)
        assert Player(read_as(read_document(model), player))(x) == pytest.approx(expected, abs=1e-6)


def test_the_difference_is_noted_where_there_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = put(tmp_path, wavenet("none", 3.0, 0.25))
    assert "--player newer" in dict(info.describe(model))["note"]
    played(tmp_path, model)
    assert "note: layer1x1_post_film" in capsys.readouterr().err
    played(tmp_path, model, "--player", "newer")
    assert "note" not in dict(info.describe(model, "newer"))
    harmless = put(tmp_path, wavenet("none", 1.0, 0.0))
    played(tmp_path, harmless)
    assert "note" not in dict(info.describe(harmless))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("mode", ["none", "gated"])
def test_what_is_written_again_sounds_the_same_in_every_player(tmp_path: Path, mode: str) -> None:
    net = read(put(tmp_path, wavenet(mode, 3.0, 0.25)))
    written, x = json.loads(json.dumps(document_of(net))), np.linspace(-1.0, 1.0, 6)
    for meant in (written, read_as(written, "newer")):
        assert Player(meant)(x) == pytest.approx(4.0 * x, abs=1e-6)


def test_what_released_players_would_ignore_is_not_written(tmp_path: Path) -> None:
    net = read(put(tmp_path, wavenet("none", 3.0, 0.25)), "newer")
    with pytest.raises(UserError, match="read as newer players play it"):
        write_model(net, tmp_path / "again.nam")
    assert not (tmp_path / "again.nam").exists()


def test_newer_players_are_meant_inside_of_other_models_too(tmp_path: Path) -> None:
    pytest.importorskip("nam_plugin_container")
    sizes = [{"max_value": 1.0, "model": wavenet("none", 3.0, 0.25)}]
    document = {**LINEAR, "architecture": "SlimmableContainer", "config": {"submodels": sizes}, "weights": []}
    model = put(tmp_path, document)
    assert played(tmp_path, model)[:2] == pytest.approx([4.0, 0.0], abs=1e-6)
    assert played(tmp_path, model, "--player", "newer")[:2] == pytest.approx([8.25, 0.25], abs=1e-6)
    before = copy.deepcopy(document)
    read_as(document, "newer")
    assert document == before


# What the reference player and 0.13.0 made of files


def sounds_like(faults: Path, cases: Path, folder: Path, model: str, reference: str, *more: str) -> bool:
    out = folder / "out.wav"
    render.main([str(faults / model), str(faults / "di.wav"), str(out), "--force", *more])
    y, expected = (soundfile.read(path, dtype="float32")[0] for path in (out, cases / "faults" / reference))
    return bool(np.abs(y[: len(expected)] - expected).max() <= 1e-5)


def test_a_dilated_head_sounds_like_the_reference_player(faults: Path, cases: Path, tmp_path: Path) -> None:
    assert sounds_like(faults, cases, tmp_path, "head_dilation.nam", "head_dilation.core.wav")
    rows = dict(info.describe(faults / "head_dilation.nam"))
    assert rows["receptive field"].startswith("10 samples")
    assert "dilation 3" in rows["stack 1"]


def test_a_dilated_head_is_written_again(faults: Path) -> None:
    net = read_model(faults / "head_dilation.nam")
    document = document_of(net)
    assert document["config"]["layers"][0]["head"]["head_dilation"] == 3
    assert document["version"] == "0.7.0"
    x = np.random.default_rng(0).normal(size=100).astype(np.float32)
    reference = runner(faults / "head_dilation.nam")(x)
    assert Player(document)(x) == pytest.approx(reference, abs=1e-6)
    assert net_of(document).receptive_field == 10


def test_newer_players_sound_like_0_13(faults: Path, cases: Path, tmp_path: Path) -> None:
    right = "post_film_tanh.right.wav"
    assert not sounds_like(faults, cases, tmp_path, "post_film_tanh.nam", right)
    assert sounds_like(faults, cases, tmp_path, "post_film_tanh.nam", right, "--player", "newer")
