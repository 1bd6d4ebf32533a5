"""A model exported, read back and exported again is the same: config and weights, in every format that is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nam_kernel.cli.main import main
from random_nets import OF_CHANNELS, document

NAM = (
    *("CatLSTM", "ConcatLSTM", "ConcatWaveNet", "ConditionedWaveNet", "ConvNet", "LSTM", "Linear", "Sequential"),
    *("SlimmableContainer", "WaveNet", *OF_CHANNELS),
)
KNOB = {"name": "gain", "min": -3.0, "max": 9.5, "default": 1.0, "type": "continuous", "step": 0.5}
HOSTED: dict[str, dict[str, Any]] = {
    "LSTM": {"input_size": 1, "hidden_size": 8, "num_layers": 1},
    "CatLSTM": {"input_size": 2, "hidden_size": 8, "num_layers": 1, "conditions": ["gain"]},
    "ConcatLSTM": {"hidden_size": 8, "num_layers": 1, "params": [KNOB]},
    "LSTM of two channels": {"input_size": 2, "in_channels": 2, "hidden_size": 8, "num_layers": 1},
}


def export(source: Path, to: str, target: Path) -> Any:
    assert main(["export", str(source), "--to", to, str(target)]) == 0
    return json.loads(target.read_text(encoding="utf-8"))


def saved(folder: Path, given: Any) -> Path:
    path = folder / "given.nam"
    path.write_text(json.dumps(given), encoding="utf-8")
    return path


def core(written: Any) -> Any:
    return {key: written[key] for key in ("version", "architecture", "config", "weights")}


@pytest.mark.parametrize("kind", NAM)
def test_as_nam(kind: str, tmp_path: Path) -> None:
    for module in ("container", "convnet", "linear", "lstm", "sequential", "wavenet"):
        pytest.importorskip(f"nam_plugin_{module}")
    if kind.startswith("Concat"):
        pytest.importorskip("nam_plugin_parametric")
    given = document(np.random.default_rng(5), kind)
    given["version"] = "1.0.0" if kind.startswith("Concat") else given["version"]
    first = export(saved(tmp_path, given), "nam", tmp_path / "first.nam")
    second = export(tmp_path / "first.nam", "nam", tmp_path / "second.nam")
    assert core(second) == core(first)
    # FiLM that players disagree on is written as the identity.
    if given["weights"] and "film" not in str(given["config"]) and kind != "SlimmableContainer":
        assert first["weights"] == np.array(given["weights"], np.float32).tolist()


@pytest.mark.parametrize("kind", HOSTED)
def test_as_rtneural(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("nam_plugin_lstm")
    pytest.importorskip("nam_plugin_rtneural")
    if kind.startswith("Concat"):
        pytest.importorskip("nam_plugin_parametric")
    config, inputs = HOSTED[kind], 1 if kind == "LSTM" else 2
    weights = np.random.default_rng(0).uniform(-0.3, 0.3, 4 * 8 * (inputs + 8) + 6 * 8 + 9).astype(np.float32)
    described = {"version": "1.0.0" if "params" in config else "0.6.0", "architecture": kind.partition(" ")[0]}
    path = saved(tmp_path, {**described, "config": config, "weights": weights.tolist(), "sample_rate": 48000})
    first = export(path, "rtneural", tmp_path / "first.json")
    second = export(tmp_path / "first.json", "rtneural", tmp_path / "second.json")
    assert second == first
    back = export(tmp_path / "first.json", "nam", tmp_path / "back.nam")
    assert back["architecture"] == described["architecture"]
    params = [{key: param[key] for key in KNOB} for param in back["config"].get("params", ())]
    assert {**back["config"], **({"params": params} if params else {})} == {**back["config"], **config}


def test_of_guitarml_with_the_input_added(tmp_path: Path) -> None:
    for module in ("lstm", "rtneural", "wavenet"):
        pytest.importorskip(f"nam_plugin_{module}")
    dice = np.random.default_rng(0)
    shapes = {"rec.weight_ih_l0": (32, 1), "rec.weight_hh_l0": (32, 8), "rec.bias_ih_l0": 32, "rec.bias_hh_l0": 32}
    state = {k: dice.uniform(-0.4, 0.4, s).tolist() for k, s in {**shapes, "lin.weight": (1, 8), "lin.bias": 1}.items()}
    said = {"unit_type": "LSTM", "num_layers": 1, "input_size": 1, "hidden_size": 8, "output_size": 1, "skip": 1}
    (tmp_path / "theirs.json").write_text(json.dumps({"model_data": said, "state_dict": state}), encoding="utf-8")
    first = export(tmp_path / "theirs.json", "rtneural", tmp_path / "first.json")
    assert first["in_skip"] == 1
    # A file that does not say its rate is of 48 kHz to a host, so that it says so from then on.
    second = export(tmp_path / "first.json", "rtneural", tmp_path / "second.json")
    assert (second["layers"], second["samplerate"]) == (first["layers"], 48000.0)
    assert export(tmp_path / "second.json", "rtneural", tmp_path / "third.json") == second
    nam = export(tmp_path / "theirs.json", "nam", tmp_path / "first.nam")
    assert core(export(tmp_path / "first.nam", "nam", tmp_path / "second.nam")) == core(nam)
    assert nam["config"]["condition_dsp"]["architecture"] == "LSTM"
