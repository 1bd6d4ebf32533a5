"""The player in plain numpy: equal to the reference player, to itself in blocks of any size, and strict."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from nam_kernel.errors import ModelFileError
from nam_plugin_nam.player.activations import activation_of
from nam_plugin_nam.player.runner import Player, runner

REFERENCE = (
    "A2",
    "lstm",
    "slimmable_container",
    "slimmable_wavenet",
    "wavenet",
    "wavenet_a1_standard",
    "wavenet_a2_max",
    "wavenet_condition_dsp",
)

DELAY = {
    "version": "0.5.4",
    "architecture": "Linear",
    "config": {"receptive_field": 2, "bias": True},
    "weights": [0.0, 1.0, 0.5],
}
"""A model that plays its input a sample later, half of full scale too high."""


@pytest.fixture(scope="session")
def played(cases: Path) -> Callable[[str], tuple[Path, npt.NDArray[np.float32], npt.NDArray[np.float32]]]:
    """From a name to its file, the input, and what the reference player made of it."""

    def read(name: str) -> tuple[Path, npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        x, _ = soundfile.read(cases / "nam" / "input.wav", dtype="float32")
        y, _ = soundfile.read(cases / "nam" / f"{name}.core.wav", dtype="float32")
        return cases / "nam" / f"{name}.nam", x, y

    return read


def test_every_case_is_known(cases: Path) -> None:
    assert sorted(REFERENCE) == sorted(path.stem for path in (cases / "nam").glob("*.nam"))


@pytest.mark.parametrize("name", REFERENCE)
def test_reference_player_gives_the_same(name: str, played: Any) -> None:
    path, x, y = played(name)
    assert np.abs(runner(path)(x) - y).max() <= 1e-5 * np.abs(y).max()


@pytest.mark.parametrize(("block", "length"), [(1, 300), (64, 9000), (257, 9000), (4096, 9000)])
@pytest.mark.parametrize("name", REFERENCE)
def test_blocks_of_any_size_are_the_whole(name: str, block: int, length: int, played: Any) -> None:
    path, x, _ = played(name)
    length = min(length, len(x))
    x = x[-length:]
    player = runner(path)
    stream = player.stream()
    pieces = [stream.feed(x[start : start + block]) for start in range(0, length, block)]
    assert np.abs(np.concatenate(pieces) - player(x)).max() <= 1e-9


@pytest.mark.parametrize(
    ("described", "pairs"),
    [
        ("Tanh", {0.5: math.tanh(0.5)}),
        ("Hardtanh", {-2.0: -1.0, 0.5: 0.5, 3.0: 1.0}),
        ("ReLU", {-1.0: 0.0, 2.0: 2.0}),
        ("Sigmoid", {0.0: 0.5, math.log(3.0): 0.75, -1000.0: 0.0}),
        ("SiLU", {math.log(3.0): 0.75 * math.log(3.0), -1000.0: 0.0}),
        ("Hardswish", {-4.0: 0.0, 0.0: 0.0, 1.5: 1.125, 4.0: 4.0}),
        ("Softsign", {-3.0: -0.75, 1.0: 0.5}),
        ("LeakyReLU", {-2.0: -0.02, 2.0: 2.0}),
        ({"type": "LeakyReLU", "negative_slope": 0.5}, {-2.0: -1.0}),
        ("PReLU", {-2.0: -0.02}),
        ({"type": "PReLU", "negative_slope": 0.5, "negative_slopes": [0.25]}, {-2.0: -1.0}),
        ("LeakyHardtanh", {-3.0: -1.02, 0.5: 0.5, 3.0: 1.02}),
        (
            {"type": "LeakyHardTanh", "min_val": -0.5, "max_val": 2.0, "min_slope": 0.5, "max_slope": 0.25},
            {-1.5: -1.0, 1.0: 1.0, 4.0: 2.5},
        ),
    ],
)
def test_activations(described: Any, pairs: dict[float, float]) -> None:
    activate = activation_of(described, 1)
    assert activate(np.array([list(pairs)]))[0] == pytest.approx(list(pairs.values()), abs=1e-7)


def test_fast_tanh_is_as_close_to_tanh_as_its_author_says() -> None:
    x = np.linspace(-10.0, 10.0, 2001)[None]
    assert 1e-4 < np.abs(activation_of("Fasttanh", 1)(x) - np.tanh(x)).max() < 2e-3


def test_prelu_has_a_slope_for_each_channel() -> None:
    activate = activation_of({"type": "PReLU", "negative_slopes": [0.5, 0.25]}, 2)
    assert activate(np.array([[-1.0, 1.0], [-1.0, 1.0]])).tolist() == [[-0.5, 1.0], [-0.25, 1.0]]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"architecture": "HyperWaveNet", "version": "1.0.0"}, "'HyperWaveNet' has no independent player"),
        ({"version": "0.8.0"}, "version is 0.8.0"),
        ({"version": None}, "version is None"),
        ({"weights": [1.0]}, "needs more weights than the 1 in the file"),
        ({"weights": [1.0] * 5}, "needs 3 weights, and the file has 5"),
        ({"weights": [1.0, 1e39]}, "weight 1 is no number"),
        ({"config": {"bias": True}}, "does not say 'receptive_field'"),
        ({"config": {"receptive_field": 0, "bias": True}}, "receptive_field is 0"),
    ],
)
def test_damage_is_refused_by_name(change: dict[str, Any], told: str, tmp_path: Path) -> None:
    path = tmp_path / "model.nam"
    path.write_text(json.dumps({**DELAY, **change}))
    with pytest.raises(ModelFileError, match=told) as caught:
        runner(path)
    assert str(caught.value).startswith(str(path))


def test_file_that_is_no_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.nam").write_text("<!doctype html>")
    (tmp_path / "cut.nam").write_text('{"version": "0.5.4"')
    for name, told in (("page", "is a web page"), ("cut", "cut short"), ("none", "no such file")):
        with pytest.raises(ModelFileError, match=told):
            runner(tmp_path / f"{name}.nam")


def test_number_of_conditions_must_fit() -> None:
    with pytest.raises(ValueError, match="takes 0 conditions beside the audio, and was given 1"):
        Player(DELAY)([1.0, 2.0], 0.5)


def test_player_needs_no_torch() -> None:
    code = "import sys; sys.modules['torch'] = None; import nam_plugin_nam.player.runner"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
