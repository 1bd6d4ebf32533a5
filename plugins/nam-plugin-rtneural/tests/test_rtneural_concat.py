"""Nets with knobs of nam-plugin-parametric, and nets fed with channels: what hosts turn is what they hear."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from rtneural_material import keras, noise, played

import nam_kernel
from nam_kernel import BaseNet, read_model
from nam_kernel.models import net_of
from nam_kernel.run import bind, prove
from nam_plugin_rtneural import read
from nam_plugin_rtneural.limits import refuses
from nam_plugin_rtneural.runner import runner
from nam_plugin_rtneural.write import export

GAIN = {"name": "gain", "low": -3.0, "high": 9.5, "default": 1.0, "unit": "dB"}
TONE = {"name": "tone", "low": 0.0, "high": 10.0, "default": 5.0, "step": 0.5}


def concat(units: int, *conditions: Any) -> BaseNet:
    """Return a ConcatLSTM with random weights."""
    pytest.importorskip("nam_plugin_parametric")
    torch.manual_seed(0)
    net = nam_kernel.make_net("ConcatLSTM", {"hidden_size": units, "conditions": list(conditions)})
    dice = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.3 / units**0.5 * torch.randn(parameter.shape, generator=dice))
    net.sample_rate = 48000.0
    return net.eval()


@pytest.mark.parametrize(
    ("settings", "turned"), [((-3.0, 0.0), (0.0, 0.0)), ((9.5, 10.0), (1.0, 1.0)), ((3.25, 2.5), (0.5, 0.25))]
)
def test_the_encoding_is_in_the_weights(settings: tuple[float, ...], turned: tuple[float, ...], tmp_path: Path) -> None:
    net, x = concat(8, GAIN, TONE), noise(300)
    [path] = export(net, tmp_path, "model", {})
    document = json.loads(path.read_text())
    heard = np.concatenate((np.zeros(24000), x))
    expected = played(net, heard, *settings)[24000:]
    for y in (keras(document, x, *turned, silence=24000), runner(path)(heard, *settings)[24000:]):
        assert np.abs(y - expected).max() <= 1e-5 * np.abs(expected).max()
    assert prove(net, bind("exporter", "rtneural", {}), path).passed


def test_exported_read_back_and_exported_again_nothing_changes(tmp_path: Path) -> None:
    net = concat(12, GAIN, TONE)
    [first] = export(net, tmp_path, "first", {"name": "Crunch"})
    again = read_model(first)
    assert (again.architecture, again.conditions, again.metadata) == ("ConcatLSTM", net.conditions, {"name": "Crunch"})
    [second] = export(again, tmp_path, "second", {})
    assert json.loads(second.read_text()) == json.loads(first.read_text())


def test_where_nobody_reads_such_nets_it_is_one_that_sounds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, x = concat(12, GAIN, TONE), noise(300)
    [path] = export(net, tmp_path, "first", {})
    monkeypatch.setattr(read, "_is_read", lambda architecture: False)
    other = read_model(path)
    assert (other.architecture, other.conditions) == ("CatLSTM", net.conditions)
    heard = np.concatenate((np.zeros(24000), x))
    expected = played(net, heard, 4.0, 7.0)[24000:]
    assert np.abs(played(other, heard, 4.0, 7.0)[24000:] - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize("named", [True, False])
def test_an_lstm_fed_with_channels_stays_one(named: bool, tmp_path: Path) -> None:
    sizes = {"input_size": 3, "in_channels": 3, "hidden_size": 8, "num_layers": 1}
    conditions = [{"name": "gain", "low": -1.0, "default": -1.0}, "tone"]
    config = {**sizes, **({"conditions": conditions} if named else {})}
    weights = np.random.default_rng(0).uniform(-0.4, 0.4, 4 * 8 * (3 + 8) + 6 * 8 + 9).astype(np.float32)
    document = {"version": "0.6.0", "architecture": "LSTM", "config": config, "weights": weights.tolist()}
    net = net_of({**document, "sample_rate": 48000.0})
    [first] = export(net, tmp_path, "first", {})
    assert prove(net, bind("exporter", "rtneural", {}), first).passed
    again = read_model(first)
    assert (again.export_config(), again.conditions) == (net.export_config(), net.conditions)
    [second] = export(again, tmp_path, "second", {})
    assert json.loads(second.read_text()) == json.loads(first.read_text())


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        ([{"name": "mode", "choices": ["clean", "lead"]}], "the switch 'mode' is heard as a channel for each"),
        ([{"name": "cut", "low": 20.0, "high": 2e4, "curve": "log"}], "the knob 'cut' has a log curve"),
        (["a", "b", "c"], "this net has 3; 2 work, or bake the others"),
    ],
)
def test_what_no_host_turns_is_refused_with_the_way_out(conditions: list[Any], told: str) -> None:
    assert told in str(refuses(concat(8, *conditions)))
