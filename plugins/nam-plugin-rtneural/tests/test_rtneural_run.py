"""A run writes the file and proves it, refuses beforehand what hosts cannot play, and begins with a file's weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import nam_kernel
from nam_kernel.errors import NamKernelError
from nam_kernel.run import check

RATE = 48000
ONCE = {
    "train_dataloader": {"batch_size": 4},
    "trainer": {"accelerator": "cpu", "max_epochs": 1, "limit_train_batches": 1},
}


def data(folder: Path) -> dict[str, Any]:
    """Return a data config of two seconds of noise that is driven."""
    for module in ("nam_plugin_wav", "nam_plugin_lightning", "nam_plugin_losses", "nam_plugin_nam"):
        pytest.importorskip(module)
    x = 0.3 * np.random.default_rng(3).standard_normal(2 * RATE)
    x[: RATE // 2] = x[-RATE : -RATE // 2] = 0.0
    files = {"x_path": folder / "di.wav", "y_path": folder / "amp.wav"}
    for path, signal in zip(files.values(), (x, 0.5 * np.tanh(2.0 * x)), strict=True):
        soundfile.write(path, signal, RATE, subtype="PCM_24")
    return {
        "train": {"stop_samples": -RATE, "ny": 2048},
        "validation": {"start_samples": -RATE // 2, "ny": None},
        "common": {**{key: str(path) for key, path in files.items()}, "delay": 0},
    }


def model(units: int, *export: str) -> dict[str, Any]:
    net = {"name": "LSTM", "config": {"hidden_size": units}}
    return {"net": net, "optimizer": {"lr": 0.01}, "export": list(export)}


def test_what_hosts_cannot_play_is_refused_before_the_training(tmp_path: Path) -> None:
    with pytest.raises(NamKernelError, match="no LSTM with hidden_size 10; the nearest that works is 12"):
        check(data(tmp_path), model(10, "nam", "rtneural"), ONCE)
    with pytest.raises(NamKernelError, match="Proteus and NeuralPi add the input"):
        check(data(tmp_path), model(8, "nam", "guitarml"), ONCE)


def test_a_run_proves_its_file_and_another_begins_with_it(tmp_path: Path) -> None:
    result = nam_kernel.train(data(tmp_path), model(8, "nam", "rtneural"), ONCE, tmp_path / "out", plots=False)
    assert [(proof.file, proof.passed) for proof in result.proofs] == [("model.nam", True), ("model.json", True)]
    written = result.directory / "model.json"
    assert json.loads(written.read_text(encoding="utf-8"))["in_shape"] == [None, None, 1]
    again = {"init_from": str(written), "optimizer": {"class": "SGD", "lr": 1e-20}, "export": ["rtneural"]}
    second = nam_kernel.train(data(tmp_path), again, ONCE, tmp_path / "again", plots=False)
    read = json.loads((second.directory / "model.json").read_text(encoding="utf-8"))
    assert read["layers"] == json.loads(written.read_text(encoding="utf-8"))["layers"]


def test_a_run_begins_with_a_model_of_guitarml_whose_input_is_added(tmp_path: Path) -> None:
    pytest.importorskip("nam_plugin_wavenet")
    dice = np.random.default_rng(0)
    shapes = {"rec.weight_ih_l0": (32, 1), "rec.weight_hh_l0": (32, 8), "rec.bias_ih_l0": 32, "rec.bias_hh_l0": 32}
    state = {k: dice.uniform(-0.4, 0.4, s).tolist() for k, s in {**shapes, "lin.weight": (1, 8), "lin.bias": 1}.items()}
    said = {"unit_type": "LSTM", "num_layers": 1, "input_size": 1, "hidden_size": 8, "output_size": 1, "skip": 1}
    old = tmp_path / "old.json"
    old.write_text(json.dumps({"model_data": said, "state_dict": state}), encoding="utf-8")
    again = {"init_from": str(old), "optimizer": {"lr": 0.001}, "export": ["nam", "rtneural"]}
    result = nam_kernel.train(data(tmp_path), again, ONCE, tmp_path / "out", plots=False)
    assert [(proof.file, proof.passed) for proof in result.proofs] == [("model.nam", True), ("model.json", True)]
    written = json.loads((result.directory / "model.json").read_text(encoding="utf-8"))
    assert written["in_skip"] == 1
    trained = np.array(written["layers"][0]["weights"][1])
    assert 0.0 < np.abs(trained - np.array(state["rec.weight_hh_l0"]).T).max() < 0.1
