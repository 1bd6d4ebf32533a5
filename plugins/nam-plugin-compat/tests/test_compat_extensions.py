"""Extensions as the documentation shows them, in the extensions folder and in a script."""

from __future__ import annotations

import contextvars
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from nam_kernel.errors import ConfigError, PluginError
from nam_kernel.run import train

NET = """
import torch
from nam.models.base import BaseNet
from nam.train.lightning_module import LightningModule


class MyCustomNet(BaseNet):
    def __init__(self, input_channels, hidden_features, receptive_field_val):
        super().__init__()
        self._receptive_field = receptive_field_val
        self.first = torch.nn.Conv1d(input_channels, hidden_features, receptive_field_val)
        self.last = torch.nn.Conv1d(hidden_features, 1, 1)

    @property
    def receptive_field(self):
        return self._receptive_field

    @classmethod
    def init_from_config(cls, config_dict):
        return cls(
            input_channels=config_dict.get("input_channels", 1),
            hidden_features=config_dict["hidden_features"],
            receptive_field_val=config_dict["receptive_field"],
        )

    def export_config(self):
        return {"receptive_field": self._receptive_field}

    def export_weights(self):
        return torch.cat([p.detach().flatten() for p in self.parameters()]).numpy()

    def {forward}


LightningModule.register_net_initializer("MyCustomNet", MyCustomNet.init_from_config)
"""

FORWARDS = {
    "plain": "forward(self, x):\n        return self.last(torch.tanh(self.first(x[:, None])))[:, 0]",
    "underscored": "_forward(self, x):\n        return self.last(torch.tanh(self.first(x[:, None])))[:, 0]",
    "with keywords": (
        "forward(self, x, pad_start=None, **kwargs):\n"
        "        if pad_start or pad_start is None:\n"
        "            x = torch.nn.functional.pad(x, (self._receptive_field - 1, 0))\n"
        "        return self.last(torch.tanh(self.first(x[:, None])))[:, 0]"
    ),
}

DATASET = """
from torch.utils.data import Dataset
from nam.data import register_dataset_initializer, wav_to_tensor


class MyCustomDataset(Dataset):
    def __init__(self, audio_path, params_path, segment_length, history):
        super().__init__()
        self.audio = wav_to_tensor(audio_path)
        with open(params_path) as file:
            self.knob = float(file.read())
        self.segment_length, self.history = segment_length, history

    @classmethod
    def init_from_config(cls, config_dict):
        return cls(
            audio_path=config_dict["audio_path"],
            params_path=config_dict["params_path"],
            segment_length=config_dict.get("segment_length", 4096),
            history=config_dict["nx"] - 1,
        )

    def __len__(self):
        return (len(self.audio) - self.history) // self.segment_length

    def __getitem__(self, idx):
        start = idx * self.segment_length
        x = self.audio[start : start + self.segment_length + self.history]
        return x, self.knob * x[self.history :]


register_dataset_initializer("MyCustomDataset", MyCustomDataset.init_from_config)
"""

CUSTOM_NET = {"name": "MyCustomNet", "config": {"hidden_features": 2, "receptive_field": 5}}


@pytest.fixture(autouse=True)
def no_modules_left() -> Iterator[None]:
    """Forget the modules of extensions and scripts, and the folders that they were imported from."""
    before, path = set(sys.modules), list(sys.path)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if not getattr(sys.modules[name], "__file__", None) or "home" in str(sys.modules[name].__file__):
            del sys.modules[name]


def custom_data(tmp_path: Path, recording: dict[str, str]) -> dict[str, Any]:
    (tmp_path / "knob.txt").write_text("0.5")
    mine = {"type": "MyCustomDataset", "audio_path": recording["x_path"], "params_path": str(tmp_path / "knob.txt")}
    return {"train": {**mine, "segment_length": 512}, "validation": {**mine, "segment_length": 1024}}


@pytest.mark.parametrize("forward", FORWARDS)
def test_the_documentations_net_trains_from_the_extensions_folder_and_is_exported_by_its_own_methods(
    forward: str,
    extensions: Path,
    tmp_path: Path,
    data: dict[str, Any],
    model: dict[str, Any],
    learning: dict[str, Any],
) -> None:
    (extensions / "my_net.py").write_text(NET.replace("{forward}", FORWARDS[forward]))
    result = train(data, {**model, "net": CUSTOM_NET}, learning, tmp_path / "out")
    document = json.loads((result.directory / "model.nam").read_text())
    assert document["architecture"] == "MyCustomNet"
    assert document["config"] == {"receptive_field": 5}
    assert len(document["weights"]) == 2 * 5 + 2 + 2 + 1
    assert document["sample_rate"] == 8000
    assert 0 < result.metrics["ESR"] < 10


def test_the_documentations_dataset_trains_by_the_type_of_each_entry(
    extensions: Path, tmp_path: Path, recording: dict[str, str], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    (extensions / "my_net.py").write_text(NET.replace("{forward}", FORWARDS["plain"]))
    (extensions / "my_data.py").write_text(DATASET)
    custom = custom_data(tmp_path, recording)
    pair = {**recording, "ny": None, "start_samples": 4000}
    mixed = {"train": [custom["train"], custom["train"]], "validation": pair}
    result = train(mixed, {**model, "net": CUSTOM_NET}, learning, tmp_path / "out")
    assert (result.directory / "model.nam").exists()


def test_both_register_and_train_in_a_script(
    tmp_path: Path, recording: dict[str, str], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    exec(compile(NET.replace("{forward}", FORWARDS["underscored"]) + DATASET, "script", "exec"), {"__name__": "script"})
    from nam.train.full import main

    (tmp_path / "out").mkdir()
    main(custom_data(tmp_path, recording), {**model, "net": CUSTOM_NET}, learning, tmp_path / "out", make_plots=False)
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"model.nam", "config_data.json", "config_model.json", "config_learning.json"} <= written


def test_full_main_wants_a_folder_that_exists(tmp_path: Path) -> None:
    from nam.train.full import main

    with pytest.raises(RuntimeError, match="nowhere"):
        main({}, {}, {}, tmp_path / "nowhere")


PARAMETRIC = """
import torch
from nam.data import Dataset, register_dataset_initializer
from nam.models.base import BaseNet
from nam.models.factory import register


class KnobNet(BaseNet):
    pad_start_default = True
    receptive_field = 3

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv1d(1, 1, 3)

    def forward(self, audio_input, gain_param):
        return self.conv(audio_input[:, None])[:, 0] * gain_param[:, None]

    def _export_config(self):
        return {"knobs": ["gain"]}

    def _export_weights(self):
        return self.conv.weight.detach().flatten().numpy()

    def _at_nominal_settings(self, x):
        return self(x[None], torch.ones(1))[0]


class KnobDataset(Dataset):
    def __init__(self, gain, **kwargs):
        super().__init__(**kwargs)
        self.gain = gain

    def __getitem__(self, idx):
        x, y = super().__getitem__(idx)
        return x, (y, torch.tensor(self.gain))


register("KnobNet", lambda config: KnobNet(**config))
register_dataset_initializer("KnobDataset", KnobDataset.init_from_config)
"""


def test_a_net_with_knobs_trains_on_nested_items_and_tells_its_loudness_at_nominal_settings(
    extensions: Path, tmp_path: Path, data: dict[str, Any], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    (extensions / "knobs.py").write_text(PARAMETRIC)
    data["common"] = {**data["common"], "type": "KnobDataset", "gain": 0.5}
    result = train(data, {**model, "net": {"name": "KnobNet"}}, learning, tmp_path / "out")
    document = json.loads((result.directory / "model.nam").read_text())
    assert document["config"] == {"knobs": ["gain"]}
    assert -100 < document["metadata"]["loudness"] < 20


FOLDED = """
import torch
from nam.data import ConcatDataset, Dataset, register_dataset_initializer
from nam.models.factory import register
from nam.models.recurrent import LSTM


class Folded(Dataset):
    def __init__(self, parameters, **kwargs):
        super().__init__(**kwargs)
        knobs = torch.tensor([float(value) for value in parameters.values()])
        self._x = torch.cat([self._x[:, None], knobs.expand(len(self._x), -1)], dim=-1)

    @classmethod
    def init_from_config(cls, config):
        captures = config.pop("captures")
        return ConcatDataset([cls(**cls.parse_config({**config, **capture})) for capture in captures])


class FoldedLSTM(LSTM):
    def _at_nominal_settings(self, x):
        return x

    def _get_initial_state(self, inputs=None):
        silence = torch.zeros((1, self._get_initial_state_burn_in // 100, self._input_size))
        return self._core(silence if inputs is None else inputs)[1]


register_dataset_initializer("folded", Folded.init_from_config)
register("FoldedLSTM", FoldedLSTM.init_from_config)
"""


def test_a_dataset_may_fold_its_knobs_into_the_input_of_an_lstm(
    extensions: Path, tmp_path: Path, recording: dict[str, str], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    (extensions / "folded.py").write_text(FOLDED)
    capture = {"y_path": recording["y_path"], "parameters": {"gain": 0.5, "tone": 1}}
    data = {
        "type": "folded",
        "train": {"ny": 512, "start_samples": 4000, "captures": [capture, capture]},
        "validation": {"ny": None, "start_samples": 4000, "captures": [capture]},
        "common": {"x_path": recording["x_path"]},
    }
    net = {"name": "FoldedLSTM", "config": {"hidden_size": 2, "input_size": 3}}
    result = train(data, {**model, "net": net}, learning, tmp_path / "out")
    document = json.loads((result.directory / "model.nam").read_text())
    assert document["config"] == {"input_size": 3, "hidden_size": 2, "num_layers": 1}
    # 4 gates of 2 units from 3 inputs and 2 units, their biases, the state, the head and its bias.
    assert len(document["weights"]) == 4 * 2 * (3 + 2) + 4 * 2 + 2 * 2 + 2 + 1
    assert document["metadata"]["loudness"] == pytest.approx(-15)  # its _at_nominal_settings lets the noise through


CONDITIONED = """
import torch
from nam.models.base import BaseNet
from nam.models.factory import register
from nam.models.wavenet._head import Head
from nam.models.wavenet._layer_array import LayerArray
from nam.models.wavenet._wavenet import WaveNet


class Embedding(torch.nn.Module):
    receptive_field = 1
    knobs = ()

    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Linear(1, 4)

    def forward(self, x):
        return self.embed(self.knobs[0].reshape(-1, 1).float())[:, :, None]


class Conditioned(BaseNet):
    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        head = Head(in_channels=2, channels=2, activation="Tanh", out_channels=1, kernel_sizes=[1, 1])
        arrays = torch.nn.ModuleList([LayerArray.init_from_config({**layer, "is_first": True, "is_last": True})])
        self.wavenet = WaveNet(layer_arrays=arrays, head=head, head_scale=0.02, condition_dsp=Embedding())

    @property
    def receptive_field(self):
        return self.wavenet.receptive_field

    def _forward(self, x, *knobs):
        self.wavenet._condition_dsp.knobs = knobs
        return self.wavenet(x[:, None])[:, 0]

    def _export_config(self):
        return self.wavenet.export_config(sample_rate=self.sample_rate)

    def _export_weights(self):
        return self.wavenet.export_weights()


register("Conditioned", lambda config: Conditioned(layer=config["layer"]))
"""


def test_a_net_may_bring_a_conditioning_module_to_the_network_of_a_wavenet(
    extensions: Path, tmp_path: Path, data: dict[str, Any], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    knobs = PARAMETRIC.replace("return x, (y, torch.tensor(self.gain))", "return x, torch.tensor(self.gain), y")
    (extensions / "knobs.py").write_text(knobs)
    (extensions / "conditioned.py").write_text(CONDITIONED)
    data["common"] = {**data["common"], "type": "KnobDataset", "gain": 0.5}
    layer = {"input_size": 1, "condition_size": 4, "channels": 2, "head_size": 2, "kernel_size": 3}
    layer |= {"dilations": [1, 2], "activation": "Tanh", "gated": True, "head_bias": True}
    net = {"name": "Conditioned", "config": {"layer": layer}}
    result = train(data, {**model, "net": net}, learning, tmp_path / "out")
    document = json.loads((result.directory / "model.nam").read_text())
    assert result.net.receptive_field == 1 + 2 * (1 + 2)
    # Two gated layers (conv and its bias, mixer, 1x1 and its bias) between rechannel and head; post-head; scale.
    layers = 2 * (2 * 4 * 3 + 4 + 4 * 4 + 2 * 2 + 2)
    assert len(document["weights"]) == 2 + layers + 2 * 2 + 2 + (2 * 2 + 2) + (2 + 1) + 1
    assert "loudness" not in document["metadata"]


DOTTED = """
import torch
from nam.models.conv_net import ConvNet

def make_net(config):
    return ConvNet.init_from_config(config)

class Louder:
    def __init__(self, factor):
        self.factor = factor
    def __call__(self, preds, targets):
        return self.factor * (preds - targets).abs().mean()

def make_loss(factor=1.0):
    return Louder(factor)

def plain_loss(preds, targets):
    return (preds - targets).abs().mean()
"""


@pytest.mark.parametrize("name", ["make_loss", "Louder"])
def test_dotted_names_give_nets_and_the_losses_that_factories_make(
    name: str, extensions: Path, tmp_path: Path, data: dict[str, Any], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    (extensions / "dotted_parts.py").write_text(DOTTED)
    custom = {
        "three": {"name": f"dotted_parts.{name}", "kwargs": {"factor": 3.0}, "weight": 1.0},
        "one": {"name": "dotted_parts.plain_loss", "weight": None},
    }
    net = {**model["net"], "name": "dotted_parts.make_net"}
    loss = {"custom_losses": custom, "val_loss": "three"}
    result = train(data, {**model, "net": net, "loss": loss}, learning, tmp_path / "out")
    assert result.metrics["three"] == pytest.approx(3 * result.metrics["one"])
    assert result.metrics["val_loss"] == result.metrics["three"]


def test_a_dotted_name_without_a_module_is_a_mistake_in_the_config(
    tmp_path: Path, data: dict[str, Any], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError, match=r"no plugin offers the net 'no_such\.Net'"):
        train(data, {**model, "net": {"name": "no_such.Net"}}, learning, tmp_path / "out")


def test_a_dotted_name_in_a_broken_package_gives_the_cause(
    tmp_path: Path, data: dict[str, Any], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    (tmp_path / "lib" / "broken_parts").mkdir(parents=True)
    (tmp_path / "lib" / "broken_parts" / "__init__.py").write_text("import no_such_dependency")
    sys.path.insert(0, str(tmp_path / "lib"))
    with pytest.raises(PluginError, match="no_such_dependency"):
        train(data, {**model, "net": {"name": "broken_parts.nets.Net"}}, learning, tmp_path / "out")


MODULE = """
from nam.train import lightning_module

class MyModule(lightning_module.LightningModule):
    steps = []

    def training_step(self, batch, batch_idx):
        _, _, losses = self._shared_step(batch)
        self.steps.append(batch_idx)
        return 2 * sum(item.weight * item.value for item in losses.values() if item.weight)

lightning_module.LightningModule = MyModule
"""


def test_an_extension_may_put_its_own_lightning_module_in_place(
    extensions: Path,
    tmp_path: Path,
    data: dict[str, Any],
    model: dict[str, Any],
    learning: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from nam.train import lightning_module
    from nam_plugin_lightning.engine import LightningTrainer

    if not hasattr(LightningTrainer, "module"):
        pytest.skip("this nam-plugin-lightning has no LightningTrainer.module to override")
    monkeypatch.setattr(lightning_module, "LightningModule", lightning_module.LightningModule)
    (extensions / "my_module.py").write_text(MODULE)
    loss = {"fourier": True, "losses": [{"name": "ESR", "label": "mine", "weight": 0.1}], "val_loss": "mine"}
    result = train(data, {**model, "loss": loss}, learning, tmp_path / "out")
    # One step is tried before the training begins.
    assert lightning_module.LightningModule.steps[-4:] == [0, 1, 2, 3]  # type: ignore[attr-defined]
    assert {"ESR", "MSE_FFT", "mine"} <= set(result.metrics)
    assert result.metrics["val_loss"] == result.metrics["mine"]


def test_the_command_trains_with_the_older_command_line(
    tmp_path: Path,
    data: dict[str, Any],
    model: dict[str, Any],
    learning: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from nam.cli import nam_full

    for name, config in (("data", data), ("model", model), ("learning", learning)):
        (tmp_path / f"{name}.json").write_text(json.dumps(config))
    configs = [str(tmp_path / f"{name}.json") for name in ("data", "model", "learning")]
    monkeypatch.setattr(sys, "argv", ["nam-full", *configs, str(tmp_path / "out"), "--no-show", "--no-plots"])
    with pytest.raises(SystemExit) as left:
        contextvars.copy_context().run(nam_full)
    assert left.value.code == 0
    (run,) = (tmp_path / "out").iterdir()
    assert list((run / "checkpoints").glob("epoch=0000_*.ckpt"))  # no logger, so there is no lightning_logs
    assert (run / "model.nam").exists()
    assert str(run / "model.nam") in capsys.readouterr().out


DOCUMENTED = """
import csv

import soundfile
import torch
from nam.data import register_dataset_initializer
from nam.train.lightning_module import LightningModule


class CustomParameterizedNet(torch.nn.Module):
    receptive_field = 4
    pad_start_default = True
    sample_rate = None

    def __init__(self, channels):
        super().__init__()
        self.channels = channels
        self.conv = torch.nn.Conv1d(3, channels, 4)
        self.head = torch.nn.Conv1d(channels, 1, 1)

    @classmethod
    def init_from_config(cls, config):
        return cls(**config)

    def export_config(self):
        return {"channels": self.channels}

    def forward(self, audio_input, gain_param, tone_param):
        knobs = [k if k.ndim == 2 else k[:, None].expand_as(audio_input) for k in (gain_param, tone_param)]
        return self.head(torch.tanh(self.conv(torch.stack([audio_input, *knobs], 1))))[:, 0]


class CustomParameterizedDataset(torch.utils.data.Dataset):
    sample_rate = 48000.0

    def __init__(self, x_path, y_path, knob_data_path, nx, ny):
        self.x, self.y = (torch.tensor(soundfile.read(p)[0], dtype=torch.float32) for p in (x_path, y_path))
        with open(knob_data_path) as file:
            rows = list(csv.DictReader(file))
        self.gain, self.tone = (torch.tensor([float(row[name]) for row in rows]) for name in ("gain", "tone"))
        self.nx, self.ny = nx, ny

    @classmethod
    def init_from_config(cls, config):
        return cls(**config)

    def __len__(self):
        return (len(self.x) - self.nx + 1) // self.ny

    def __getitem__(self, i):
        s = slice(i * self.ny, i * self.ny + self.nx + self.ny - 1)
        return self.x[s], (self.y[s][self.nx - 1 :], self.gain[s], self.tone[s])


LightningModule.register_net_initializer("ParametricNAM", CustomParameterizedNet.init_from_config)
register_dataset_initializer("ParametricDataset", CustomParameterizedDataset.init_from_config)
"""


def test_the_documentations_parametric_example_goes_from_training_to_rendering_a_setting(
    extensions: Path, tmp_path: Path, learning: dict[str, Any]
) -> None:
    render = pytest.importorskip("nam_plugin_nam.render")
    (extensions / "parametric.py").write_text(DOCUMENTED)
    x, time = 0.3 * np.random.default_rng(0).standard_normal(2000), np.arange(2000)
    gain = np.where(time < 1000, 0.1, 0.9)
    soundfile.write(tmp_path / "x.wav", x, 48000, subtype="FLOAT")
    soundfile.write(tmp_path / "y.wav", np.tanh((1 + gain) * x), 48000, subtype="FLOAT")
    (tmp_path / "knobs.csv").write_text("gain,tone\n" + "\n".join(f"{g},0.5" for g in gain))
    paths = {
        key: str(tmp_path / name)
        for key, name in (("x_path", "x.wav"), ("y_path", "y.wav"), ("knob_data_path", "knobs.csv"))
    }
    entry = {"type": "ParametricDataset", **paths, "ny": 200}
    net = {"net": {"name": "ParametricNAM", "config": {"channels": 3}}}
    result = train({"train": entry, "validation": entry}, net, learning, tmp_path / "out")
    model, out = str(result.model_path), tmp_path / "played.wav"
    render.main([model, str(tmp_path / "x.wav"), str(out), "--set", "gain_param=0.7", "--set", "tone_param=0.5"])
    with torch.no_grad():
        expected = result.net(torch.tensor(x, dtype=torch.float32), 0.7, 0.5).numpy()
    np.testing.assert_allclose(soundfile.read(out)[0], expected, atol=1e-6)
