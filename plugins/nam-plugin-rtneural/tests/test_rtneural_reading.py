"""Files are read back exactly, formats are told by content, and what no net here is exactly is refused in words."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from rtneural_material import keras, lstm, noise, played

import nam_kernel
from nam_kernel import read_model
from nam_kernel.errors import ModelFileError
from nam_kernel.run import bind, prove
from nam_plugin_rtneural.limits import refuses
from nam_plugin_rtneural.runner import runner
from nam_plugin_rtneural.write import export

GAIN = {"name": "gain", "low": -3.0, "high": 9.0, "default": 1.0, "unit": "dB", "choices": []}
MODE = {"name": "mode", "choices": ["clean", "crunch", "lead"]}


def core(net: Any) -> dict[str, torch.Tensor]:
    """Return the weights but for the initial state, which a file has no place for, the biases added up."""
    weights = {key: value for key, value in net.state_dict().items() if not key.startswith("initial")}
    weights["core.bias_ih_l0"] = weights["core.bias_ih_l0"] + weights.pop("core.bias_hh_l0")
    return weights


@pytest.mark.parametrize(
    "conditions", [(), ("tone",), (GAIN, MODE), ({"name": "g", "low": 0.1, "high": 1e4, "step": 0.5, "curve": "log"},)]
)
def test_exported_read_back_and_exported_again_nothing_changes(conditions: tuple[Any, ...], tmp_path: Path) -> None:
    net, x = lstm(12, *conditions), noise(300)
    [first] = export(net, tmp_path, "first", {"name": "Crunch", "training": {"validation_esr": 0.01}})
    again = read_model(first)
    assert (again.architecture, again.export_config()) == (net.architecture, net.export_config())
    assert again.conditions == net.conditions
    assert again.sample_rate == 48000.0
    assert again.metadata["name"] == "Crunch"
    before, after = core(net), core(again)
    assert all(torch.equal(before[key], after[key]) for key in before)
    [second] = export(again, tmp_path, "second", {})
    assert json.loads(second.read_text()) == json.loads(first.read_text())
    assert np.abs(played(again, x) - played(net, x)).max() <= 5e-6 * np.abs(played(net, x)).max()


def test_conditions_without_names_stay_without(tmp_path: Path) -> None:
    net = nam_kernel.make_net("CatLSTM", {"hidden_size": 8, "input_size": 3})
    again = read_model(export(net, tmp_path, "model", {})[0])
    assert again.export_config() == net.export_config() == {"input_size": 3, "hidden_size": 8, "num_layers": 1}


def a_document(units: int = 8, inputs: int = 1, seed: int = 0) -> dict[str, Any]:
    """Return what another program writes: no gains, no skip."""
    dice = np.random.default_rng(seed)
    weights = [(dice.uniform(-0.4, 0.4, s)).tolist() for s in ((inputs, 4 * units), (units, 4 * units), (4 * units,))]
    dense = [dice.uniform(-1, 1, (units, 1)).tolist(), [0.1]]
    return {
        "in_shape": [None, None, inputs],
        "layers": [
            {"type": "lstm", "activation": "", "shape": [None, None, units], "weights": weights},
            {"type": "dense", "activation": "", "shape": [None, None, 1], "weights": dense},
        ],
        "metadata": {"name": "theirs", "samplerate": "44100", "author": "somebody"},
    }


def saved(document: Any, folder: Path) -> Path:
    path = folder / "given.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize("units", [8, 13])
def test_a_file_of_another_program_sounds_as_keras_plays_it(units: int, tmp_path: Path) -> None:
    document, x = a_document(units), noise(300)
    net = read_model(saved(document, tmp_path))
    expected = keras(document, x)
    assert np.abs(played(net, x) - expected).max() <= 1e-5 * np.abs(expected).max()
    assert net.sample_rate == 44100.0
    assert net.metadata == {"name": "theirs", "author": "somebody"}


def test_gains_are_in_dB_and_end_up_in_the_weights(tmp_path: Path) -> None:
    document, x = a_document() | {"in_gain": 6.0, "out_gain": -12.0}, noise(300)
    path = saved(document, tmp_path)
    expected = 10 ** (-12 / 20) * keras(document, 10 ** (6 / 20) * x)
    limit = 1e-5 * np.abs(expected).max()
    assert np.abs(played(read_model(path), x) - expected).max() <= limit
    assert np.abs(runner(path)(np.concatenate((np.zeros(6000), x)))[6000:] - expected).max() <= limit


def test_the_input_is_added_by_the_runner_and_by_the_net_that_is_read(tmp_path: Path) -> None:
    pytest.importorskip("nam_plugin_wavenet")
    document, x = a_document() | {"in_skip": 1, "in_gain": 6.0, "out_gain": -12.0}, noise(300)
    path = saved(document, tmp_path)
    loud = 10 ** (6 / 20) * x
    expected = 10 ** (-12 / 20) * (keras(document, loud) + loud)
    assert np.abs(runner(path)(np.concatenate((np.zeros(6000), x)))[6000:] - expected).max() <= 1e-5
    assert np.abs(played(read_model(path), x) - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize("gain", [0.0, -12.0, 3.3])
def test_a_net_that_adds_its_input_is_read_trained_and_written_again(gain: float, tmp_path: Path) -> None:
    pytest.importorskip("nam_plugin_wavenet")
    net = read_model(saved(a_document() | {"in_skip": 1, "out_gain": gain}, tmp_path))
    [first] = export(net, tmp_path, "first", {})
    [second] = export(read_model(first), tmp_path, "second", {})
    written = json.loads(first.read_text())
    assert json.loads(second.read_text()) == written
    assert (written["in_skip"], written["out_gain"]) == (1, pytest.approx(gain, abs=1e-6))
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, 0.3, 0.05)
    export(net, tmp_path, "trained", {})
    assert prove(net, bind("exporter", "rtneural", {}), tmp_path / "trained.json").passed
    with torch.no_grad():
        net.network.head_scale.mul_(-1.0)
    assert "upside down" in str(refuses(net))


def test_a_net_with_knobs_that_adds_its_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"given\.json: its in_skip is 1 and it has knobs"):
        read_model(saved(a_document(inputs=2) | {"in_skip": 1}, tmp_path))


def test_knobs_that_a_file_does_not_describe_are_those_of_the_host(tmp_path: Path) -> None:
    net = read_model(saved(a_document(inputs=3), tmp_path))
    assert [(c.name, c.low, c.high, c.default) for c in net.conditions or ()] == [
        ("PARAM1", 0.0, 1.0, 0.0),
        ("PARAM2", 0.0, 1.0, 0.0),
    ]


def test_a_file_begins_a_training(tmp_path: Path) -> None:
    document = a_document()
    old = read_model(saved(document, tmp_path))
    net = nam_kernel.make_net("LSTM", {"hidden_size": 8, "train_burn_in": 10})
    net.start_from(old)
    x = noise(300)
    assert np.abs(played(net, x) - played(old, x)).max() <= 1e-6
    assert np.array_equal(net.export_weights()[:-25], old.export_weights()[:-25])
    x_train = torch.from_numpy(noise(500)).float()[None]
    net.train()(x_train).square().mean().backward()
    assert all(parameter.grad is not None for parameter in net.parameters())


def guitarml(skip: Any, units: int = 8, seed: int = 0) -> dict[str, Any]:
    dice = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {
        "rec.weight_ih_l0": (4 * units, 1),
        "rec.weight_hh_l0": (4 * units, units),
        "rec.bias_ih_l0": (4 * units,),
        "rec.bias_hh_l0": (4 * units,),
        "lin.weight": (1, units),
        "lin.bias": (1,),
    }
    said = {"model": "SimpleRNN", "input_size": 1, "hidden_size": units, "unit_type": "LSTM", "num_layers": 1}
    state = {key: dice.uniform(-0.4, 0.4, shape).tolist() for key, shape in shapes.items()}
    return {"model_data": {**said, "output_size": 1, "skip": skip}, "state_dict": state}


@pytest.mark.parametrize("skip", [0, 1, None])
def test_a_state_dictionary_is_the_net_that_was_trained(skip: int | None, tmp_path: Path) -> None:
    """One that does not say whether the input was added is from a program that added it."""
    if skip != 0:
        pytest.importorskip("nam_plugin_wavenet")
    document, x = guitarml(skip), noise(300)
    if skip is None:
        del document["model_data"]["skip"]
    net = read_model(saved(document, tmp_path))
    assert net.architecture == ("WaveNet" if skip != 0 else "LSTM")
    theirs, dense = torch.nn.LSTM(1, 8, batch_first=True), torch.nn.Linear(8, 1)
    state = {key: torch.tensor(value) for key, value in document["state_dict"].items()}
    theirs.load_state_dict({k.removeprefix("rec."): v for k, v in state.items() if k.startswith("rec.")})
    dense.load_state_dict({k.removeprefix("lin."): v for k, v in state.items() if k.startswith("lin.")})
    heard = torch.cat((torch.zeros(6000), torch.from_numpy(x).float()))
    with torch.no_grad():
        expected = dense(theirs(heard[None, :, None])[0])[0, 6000:, 0].double().numpy()
    expected = expected + x if skip != 0 else expected
    assert np.abs(played(net, x) - expected).max() <= 1e-5 * np.abs(expected).max()


def changed(**values: Any) -> dict[str, Any]:
    return {**a_document(), **values}


def layer(number: int, **values: Any) -> dict[str, Any]:
    document = copy.deepcopy(a_document())
    document["layers"][number].update(values)
    return document


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (layer(0, type="gru"), "its layers are gru, dense; read is one lstm with a dense layer behind it"),
        (changed(layers=[{"type": "conv1d"}, *a_document()["layers"]]), "its layers are conv1d, lstm, dense"),
        (changed(layers=a_document()["layers"][:1] * 2), "its layers are lstm, lstm"),
        (layer(1, activation="tanh"), "its dense has the activation 'tanh'"),
        (layer(0, weights=[[0.0]]), "the weights of its lstm are not 3 lists of numbers"),
        (
            layer(0, weights=[[[0.0] * 31], [[0.0] * 32] * 8, [0.0] * 32]),
            r"of shape \(1, 31\), and belongs to be \(1, 32\)",
        ),
        (layer(1, weights=[[[0.0]] * 8, ["x"]]), "is not a list of numbers"),
        (layer(1, weights=[[[0.0]] * 8, [1e39]]), "holds what is no number that a player can use"),
        (layer(0, shape=[None, None, 10**9]), "does not end with a whole number from 1 to 1024"),
        (changed(in_shape=[]), "in_shape does not end with a whole number"),
        (changed(in_gain="loud"), "its in_gain is not a number"),
        (changed(in_skip=2), "its in_skip is 2; hosts know 0 and 1"),
        (changed(out_gain=900), "its gains make numbers that no player can use"),
        (changed(metadata={"samplerate": "fast"}), "its samplerate is not a number in Hz"),
        (changed(metadata={"conditions": ["gain"]}), "does not describe its 0 knobs"),
        (changed(layers=3), "its 'layers' is not a list of layers"),
        ({"state_dict": [], "model_data": {}}, "it is no model of GuitarML"),
        ({"state_dict": {}, "model_data": {"skip": 2}}, "its skip is 2; known are 0, and 1"),
        ({"state_dict": {}, "model_data": {"unit_type": "GRU", "skip": 0}}, "it is a GRU of 1 layers"),
        (
            {"state_dict": {}, "model_data": {"skip": 0, "input_size": 1, "hidden_size": 8}},
            "rec.weight_ih_l0 is of shape",
        ),
        ({"version": "0.5.4", "architecture": "LSTM", "config": {}, "weights": []}, "it is a .nam file by its content"),
        ({"net": {"name": "LSTM"}, "optimizer": {}}, "it is JSON, but no model: .* its keys are 'net', 'optimizer'"),
        ({}, "its keys are none"),
        ([1, 2], "holds a list, not a JSON object"),
        ("<!DOCTYPE html><html></html>", "is a web page, not a model"),
        ("", "is empty"),
        ('{"layers": [', "is damaged or cut short: line 1"),
        ('{"in_gain": NaN}', "it holds NaN"),
        ("[" * 40000, "is damaged"),
    ],
    ids=lambda given: str(given)[:30],
)
def test_what_cannot_be_read_is_one_clear_message(given: Any, told: str, tmp_path: Path) -> None:
    path = saved(given, tmp_path)
    with pytest.raises(ModelFileError, match=told) as caught:
        read_model(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_folders_and_missing_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00\x01")
    for name, told in (
        ("folder.json", "is a folder"),
        ("none.json", "no such file"),
        ("binary.json", "it is not text"),
    ):
        with pytest.raises(ModelFileError, match=told):
            read_model(tmp_path / name)
