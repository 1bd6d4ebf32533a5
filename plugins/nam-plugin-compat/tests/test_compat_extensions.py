"""Extensions as the documentation shows them, in the extensions folder and in a script."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nam_kernel.errors import ConfigError
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
    name: str,
    extensions: Path,
    tmp_path: Path,
    data: dict[str, Any],
    model: dict[str, Any],
    learning: dict[str, Any],
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
    monkeypatch.setattr(lightning_module, "LightningModule", lightning_module.ORIGINAL)
    (extensions / "my_module.py").write_text(MODULE)
    result = train(data, model, learning, tmp_path / "out")
    assert lightning_module.LightningModule.steps == [0, 1, 2, 3]  # type: ignore[attr-defined]
    assert "ESR" in result.metrics
