"""What the files say of themselves, what they may be called with, and what is refused before anything is written."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

import nam_kernel
from nam_kernel import BaseNet, Condition
from nam_kernel.errors import UserError
from nam_plugin_onnx.sessions import session_of
from nam_plugin_onnx.write import export, refuses

KNOBS = {
    "layers_configs": [
        {
            "input_size": 1,
            "condition_size": 2,
            "channels": 2,
            "head_size": 1,
            "kernel_size": 2,
            "dilations": [1, 2, 4],
            "activation": "Tanh",
            "gated": True,
            "head_bias": True,
        }
    ],
    "head_scale": 0.5,
    "conditions": [{"name": "drive", "low": 0.0, "high": 10.0, "default": 4.0}, "tone"],
}


class Impostor(BaseNet):
    """A net that calls itself a Linear and is none."""

    receptive_field = 3
    conditions: tuple[Condition, ...] | None = ()
    architecture = "Linear"

    def __init__(self) -> None:
        super().__init__()
        self.response = nn.Parameter(torch.tensor([0.5, 0.25, 1.0]))

    @classmethod
    def init_from_config(cls, config: Any) -> Impostor:
        return cls()

    def export_config(self) -> dict[str, Any]:
        return {"receptive_field": 3, "bias": False}

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return x[:, 2:].abs()


class Stranger(Impostor):
    """A net that nobody knows."""

    architecture = "Stranger"


@pytest.fixture
def knobs() -> BaseNet:
    """A WaveNet with two knobs."""
    pytest.importorskip("nam_plugin_wavenet")
    torch.manual_seed(0)
    net: BaseNet = nam_kernel.make_net("WaveNet", KNOBS).eval()
    net.sample_rate = 44100.0
    return net


def properties(path: Path) -> dict[str, str]:
    return {entry.key: entry.value for entry in onnx.load(path).metadata_props}


def test_both_files_are_valid_and_state_their_opset(knobs: BaseNet, tmp_path: Path) -> None:
    files = export(knobs, tmp_path, "model", {})
    assert [file.name for file in files] == ["model.onnx", "model.stream.onnx"]
    for file in files:
        model = onnx.load(file)
        onnx.checker.check_model(model, full_check=True)
        assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 17)]
        assert model.ir_version == 8
        used = {name for node in model.graph.node for name in node.input}
        given = {value.name for value in (*model.graph.input, *model.graph.initializer)}
        assert given <= used


def test_they_say_what_they_are(knobs: BaseNet, tmp_path: Path) -> None:
    metadata = {"name": "Plexi", "gear_make": "Marshall", "training": {"validation_esr": 0.015625}}
    for file in export(knobs, tmp_path, "model", metadata):
        said = properties(file)
        assert {key: said[key] for key in ("name", "sample_rate", "receptive_field", "esr")} == {
            "name": "Plexi",
            "sample_rate": "44100.0",
            "receptive_field": "8",
            "esr": "0.015625",
        }
        drive, tone = json.loads(said["conditions"])
        assert (drive["name"], drive["low"], drive["high"], drive["default"]) == ("drive", 0.0, 10.0, 4.0)
        assert tone["name"] == "tone"
        assert json.loads(said["metadata"]) == metadata


def test_what_is_not_known_is_left_out_and_what_json_has_no_number_for_is_null(knobs: BaseNet, tmp_path: Path) -> None:
    knobs.sample_rate = None
    said = properties(export(knobs, tmp_path, "model", {"best": math.inf})[0])
    assert {"name", "sample_rate", "esr"}.isdisjoint(said)
    assert json.loads(said["metadata"]) == {"best": None}


def test_the_same_net_makes_the_same_bytes(knobs: BaseNet, tmp_path: Path) -> None:
    first = [file.read_bytes() for file in export(knobs, tmp_path, "a", {"name": "A"})]
    assert [file.read_bytes() for file in export(knobs, tmp_path, "b", {"name": "A"})] == first


def test_several_signals_play_as_each_alone_and_knobs_may_stand_still(knobs: BaseNet, tmp_path: Path) -> None:
    dice = np.random.default_rng(0)
    audio = dice.normal(size=(3, 200)).astype(np.float32)
    settings = dice.uniform(size=(3, 2, 1)).astype(np.float32)
    files = export(knobs, tmp_path, "model", {})
    whole, stream = (session_of(str(file)) for file in files)
    y = whole.run(["output"], {"audio": audio, "knobs": settings})[0]
    for row in range(3):
        expected = knobs.render(torch.from_numpy(audio[row]), *map(float, settings[row, :, 0])).detach().numpy()
        assert np.abs(y[row] - expected).max() <= 1e-5 * np.abs(y).max()
    moved = {"audio": audio, "knobs": settings.repeat(200, axis=2)}
    assert np.array_equal(whole.run(["output"], moved)[0], y)
    same = whole.run(["output"], {"audio": audio, "knobs": settings[:1]})[0]
    assert np.allclose(same[0], y[0], atol=1e-6)
    inputs = [given for given in stream.get_inputs() if given.name.startswith("state_")]
    states = {given.name: np.zeros([3, *given.shape[1:]], np.float32) for given in inputs}
    defaults = np.array(knobs.settings(), np.float32)[None, :, None]
    begun = stream.run(None, {"audio": audio, "knobs": defaults, **states})[0]
    assert np.abs(begun - whole.run(["output"], {"audio": audio, "knobs": defaults})[0]).max() <= 1e-6


def test_silence_leaves_the_zeros_that_a_stream_begins_with(knobs: BaseNet, tmp_path: Path) -> None:
    stream = session_of(str(export(knobs, tmp_path, "model", {})[1]))
    inputs = [given for given in stream.get_inputs() if given.name.startswith("state_")]
    states = {given.name: np.zeros([1, *given.shape[1:]], np.float32) for given in inputs}
    defaults = np.array(knobs.settings(), np.float32)[None, :, None]
    _, *after = stream.run(None, {"audio": np.zeros((1, 64), np.float32), "knobs": defaults, **states})
    assert len(after) == len(inputs) > 0
    assert max(float(np.abs(state).max()) for state in after) <= 1e-6


def test_exporting_leaves_the_net_as_it_was(knobs: BaseNet, tmp_path: Path) -> None:
    knobs.train()
    before = knobs.export_weights()
    export(knobs, tmp_path, "model", {})
    assert knobs.training
    assert all(parameter.requires_grad for parameter in knobs.parameters())
    assert np.array_equal(knobs.export_weights(), before)


@pytest.mark.parametrize(
    ("net", "told"),
    [
        (Stranger(), "the architecture 'Stranger' is not known here"),
        (Impostor(), "computes something else than a Linear"),
    ],
)
def test_a_net_that_cannot_be_written_is_refused(tmp_path: Path, net: BaseNet, told: str) -> None:
    assert told in str(refuses(net))
    with pytest.raises(UserError, match=told):
        export(net, tmp_path, "n", {})
    assert list(tmp_path.iterdir()) == []


def test_a_net_that_does_not_declare_its_conditions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Impostor, "conditions", None)
    assert "does not declare which conditions" in str(refuses(Impostor()))


def test_conditions_that_the_description_does_not_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Impostor, "conditions", (Condition("drive", 0.0, 1.0, 0.5),))
    assert "goes from 1 channels to 1, and the net declares 1 conditions" in str(refuses(Impostor()))


def test_metadata_that_is_no_json_is_refused(knobs: BaseNet, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the metadata cannot be written"):
        export(knobs, tmp_path, "n", {"name": object()})
    assert list(tmp_path.iterdir()) == []
