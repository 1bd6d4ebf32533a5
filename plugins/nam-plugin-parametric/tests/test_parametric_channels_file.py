"""The stock ``.nam`` of several channels is the net with knobs: as a host feeds it, as it is baked, as it is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import nam_kernel
from nam_kernel import BaseNet, plugins, read_model
from nam_kernel.errors import ModelFileError, UserError
from nam_kernel.models import document_of
from nam_kernel.run import bind, make, prove
from nam_plugin_nam.player.runner import Player
from nam_plugin_nam.write import make_document
from nam_plugin_parametric.channels_file import export, refuses, runner

CONDITIONS: list[Any] = [
    {"name": "gain", "low": 0.0, "high": 10.0, "default": 4.0},
    {"name": "mode", "choices": ["clean", "crunch", "lead"], "default": 1.0},
    {"name": "cut", "low": 100.0, "high": 10000.0, "default": 1000.0, "unit": "Hz", "curve": "log"},
]
STACK = {
    "input_size": 1,
    "condition_size": 1,
    "channels": 3,
    "kernel_size": 3,
    "dilations": [1, 2, 4],
    "activation": "Tanh",
    "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
}
NETS = {
    "ConcatWaveNet": {"layers_configs": [STACK], "head_scale": 0.5, "conditions": CONDITIONS},
    "ConcatLSTM": {"hidden_size": 4, "conditions": CONDITIONS},
}
SETTINGS = [(0.0, 0.0, 100.0), (7.5, 2.0, 3000.0), (10.0, 1.0, 10000.0)]


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NAM_HOME", str(tmp_path_factory.mktemp("home")))
    plugins.use(None)
    yield
    plugins.use(None)


def net_of(name: str) -> BaseNet:
    torch.manual_seed(0)
    net = nam_kernel.make_net(name, NETS[name]).eval()
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    net.sample_rate = 48000.0
    return net


def by_hand(setting: tuple[float, ...]) -> list[float]:
    """Return what the channels hear: -1 to 1 over the range, a channel a position, logarithms of the frequency."""
    gain, mode, cut = setting
    return [2 * gain / 10 - 1, *(float(mode == i) for i in range(3)), np.log10(cut / 100) - 1]


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("name", NETS)
def test_three_forms_of_a_model_sound_alike(name: str, setting: tuple[float, ...], tmp_path: Path) -> None:
    net, x = net_of(name), 0.4 * np.random.default_rng(1).standard_normal(3000)
    heard = np.concatenate((np.zeros(24000 if name == "ConcatLSTM" else 0), x))
    knobs: dict[str, float | str] = {c.name: value for c, value in zip(net.conditions or (), setting, strict=True)}
    [path] = export(net, tmp_path, "model", {})
    document = json.loads(path.read_text(encoding="utf-8"))
    channels = by_hand(setting)
    forms = {
        "with knobs": Player(make_document(net, {}))(heard, *setting),
        "as a host feeds it": Player(document)(heard, *channels),
        "as its runner plays it": runner(path)(heard, *setting),
        "baked": Player(make_document(net.bake(knobs), {}))(heard),
        "the net": net.render(torch.from_numpy(heard).float(), *setting).detach().double().numpy(),
    }
    expected = forms["with knobs"][-3000:]
    for form, y in forms.items():
        assert np.abs(y[-3000:] - expected).max() <= 1e-5 * np.abs(expected).max(), form


@pytest.mark.parametrize("name", NETS)
def test_it_is_a_stock_file_that_says_what_its_channels_hear(name: str, tmp_path: Path) -> None:
    net = net_of(name)
    exporter = bind("exporter", "nam-channels", {})
    [path] = make(exporter)(net, tmp_path, "model", {"name": "Plexi"})
    assert path.name == "model.channels.nam"
    document = json.loads(path.read_text(encoding="utf-8"))
    own = document_of(net)
    assert (document["architecture"], document["version"]) == (name.removeprefix("Concat"), "0.6.0")
    assert (document["config"]["in_channels"], document["weights"]) == (6, own["weights"])
    gain, *mode, cut = document["metadata"]["channels"]
    assert gain.pop("heard") == pytest.approx(-0.2, abs=1e-12)
    assert gain == {"knob": "gain", "low": 0.0, "high": 10.0, "curve": "linear", "default": 4.0}
    assert [(m["switch"], m["position"], m["value"], m["heard"]) for m in mode] == [
        ("mode", "clean", 0, 0.0),
        ("mode", "crunch", 1, 1.0),
        ("mode", "lead", 2, 0.0),
    ]
    assert (cut["curve"], cut["unit"], cut["heard"]) == ("log", "Hz", pytest.approx(0.0, abs=1e-12))
    assert document["metadata"]["name"] == "Plexi"
    proof = prove(net, exporter, path)
    assert proof.passed, proof


@pytest.mark.parametrize("name", NETS)
def test_it_is_read_as_a_net_of_that_many_channels_and_written_again_as_it_is(name: str, tmp_path: Path) -> None:
    [path] = export(net_of(name), tmp_path, "model", {})
    again = read_model(path)
    assert len(again.conditions or ()) == 5
    written = nam_kernel.write_model(again, tmp_path / "again.nam")
    first, second = (json.loads(p.read_text(encoding="utf-8")) for p in (path, written))
    assert second == first


def test_knobs_may_move(tmp_path: Path) -> None:
    net = net_of("ConcatWaveNet")
    [path] = export(net, tmp_path, "model", {})
    x, ramp = 0.3 * np.random.default_rng(2).standard_normal(700), np.linspace(0.0, 10.0, 700)
    signals = [torch.from_numpy(s).float() for s in (x, ramp)]
    expected = net.render(signals[0], signals[1], 2.0, 500.0).detach().numpy()
    stream = runner(path).stream()
    pieces = [stream.feed(x[i : i + 64], ramp[i : i + 64], 2.0, 500.0) for i in range(0, 700, 64)]
    assert np.abs(np.concatenate(pieces) - expected).max() <= 1e-5 * np.abs(expected).max()


def test_other_nets_are_refused_with_the_way_out() -> None:
    stock = nam_kernel.make_net("WaveNet", {"layers_configs": [STACK]})
    film = nam_kernel.make_net("FiLMWaveNet", NETS["ConcatWaveNet"])
    for net in (stock, film):
        assert "does not hear its knobs as channels beside the audio" in str(refuses(net))
    with pytest.raises(UserError, match="export nam, or bake a setting"):
        export(stock, Path(), "model", {})


@pytest.mark.parametrize(
    ("channels", "told"), [(None, "does not say"), ([{"knob": "gain"}], "does not say"), ([], "describes 0 channels")]
)
def test_a_file_that_does_not_say_what_its_channels_hear_is_not_played(
    channels: Any, told: str, tmp_path: Path
) -> None:
    [path] = export(net_of("ConcatLSTM"), tmp_path, "model", {})
    document = json.loads(path.read_text(encoding="utf-8"))
    document["metadata"]["channels"] = channels
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ModelFileError, match=told):
        runner(path)
