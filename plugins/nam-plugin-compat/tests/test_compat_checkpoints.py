"""Checkpoints of 0.13, packed ones too: loaded by hand and by a run. Numbers and shapes are those of 0.13."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

import nam_kernel
from nam.models import Linear, factory
from nam.models.base import BaseNet
from nam.models.wavenet import PackedWaveNet
from nam.train.lightning_module import PackedLightningModule
from nam_kernel.errors import ModelFileError


def stack(channels: int, inputs: int, outputs: int) -> dict[str, Any]:
    head = {"out_channels": outputs, "kernel_size": 1, "bias": True}
    sizes = {"input_size": inputs, "condition_size": 1, "channels": channels}
    return {**sizes, "kernel_size": 2, "dilations": [1, 2], "activation": "Tanh", "head": head}


def size(channels: int) -> dict[str, Any]:
    return {
        "config": {"layers_configs": [stack(channels, 1, channels), stack(channels, channels, 1)], "head_scale": 0.5}
    }


PACKED = {"submodels": [size(1), size(2)]}

LAYER = {
    "_conv.weight": (3, 3, 2),
    "_conv.bias": (3,),
    "_input_mixer.weight": (3, 1, 1),
    "_layer1x1.weight": (3, 3, 1),
    "_layer1x1.bias": (3,),
}
SHAPES = {
    f"_net._layer_arrays.{array}.{name}": shape
    for array, inputs, outputs in ((0, 1, 3), (1, 3, 2))
    for name, shape in {
        "_rechannel.weight": (3, inputs, 1),
        **{f"_layers.{i}.{name}": shape for i in (0, 1) for name, shape in LAYER.items()},
        "_head_rechannel.weight": (outputs, 3, 1),
        "_head_rechannel.bias": (outputs,),
    }.items()
}
"""Of the state dict of ``PACKED`` in 0.13."""

OUTPUT = [
    [0.31361, 0.12933, -0.02233, 0.07611, 0.229, 0.37203, 0.53085],
    [3.23663, 3.1494, 3.44564, 3.74196, 3.93767, 4.04798, 4.11654],
]
"""Of ``PACKED`` in 0.13 for a ramp from -0.5 to 0.5, every tensor being a ramp from -1 to 1."""


def packed_state() -> dict[str, torch.Tensor]:
    state = {key: torch.linspace(-1, 1, torch.Size(s).numel()).reshape(s) for key, s in SHAPES.items()}
    masks = {key.replace(".weight", "._weight_mask"): torch.ones(s) for key, s in SHAPES.items() if "weight" in key}
    return {**state, **masks, "_has_sample_rate": torch.tensor(True), "_sample_rate": torch.tensor(44100.0)}


def saved(state: dict[str, torch.Tensor], path: Path) -> Path:
    torch.save({"state_dict": {f"_net.{key}": value for key, value in state.items()}, "sample_rate": 44100.0}, path)
    return path


def assert_is_packed(net: Any) -> None:
    with torch.no_grad():
        output = net.eval()(torch.linspace(-0.5, 0.5, 7)[None], pad_start=True)
    torch.testing.assert_close(output[0], torch.tensor(OUTPUT), atol=1e-5, rtol=0)


def test_a_packed_state_is_cut_into_its_sizes() -> None:
    net = PackedWaveNet.init_from_config(PACKED)
    net.load_state_dict(packed_state())
    assert_is_packed(net)
    assert net.sample_rate == 44100
    again = PackedWaveNet.init_from_config(PACKED)
    again.load_state_dict(net.state_dict())
    assert_is_packed(again)


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"_net._layer_arrays.1._head_rechannel.weight": torch.zeros(5, 3, 1)}, "size mismatch"),
        ({"_net._layer_arrays.2._rechannel.weight": torch.zeros(3, 3, 1)}, "nexpected key"),
        ({"_net._layer_arrays.0._rechannel.weight": None}, "issing key"),
    ],
)
def test_a_packed_state_of_another_net_is_refused(changed: dict[str, Any], match: str) -> None:
    state = {key: value for key, value in {**packed_state(), **changed}.items() if value is not None}
    with pytest.raises(RuntimeError, match=match):
        PackedWaveNet.init_from_config(PACKED).load_state_dict(state)


def test_a_packed_checkpoint_is_loaded_and_its_sizes_may_come_from_several(tmp_path: Path) -> None:
    path = saved(packed_state(), tmp_path / "packed.ckpt")
    model = {"net": {"name": "PackedWaveNet", "config": PACKED}, "optimizer": {"lr": 0.01}}
    module = PackedLightningModule.load_from_checkpoint(path, **PackedLightningModule.parse_config(model))
    assert_is_packed(module.net)
    assert module.net.sample_rate == 44100
    net = PackedWaveNet.init_from_config(PACKED)
    net.export_container(tmp_path, checkpoint_paths_by_submodel=[None, str(path)])
    small, large = json.loads((tmp_path / "model.nam").read_text())["config"]["submodels"]
    assert small["model"]["weights"] == net.extract_submodel(0).export_weights().tolist()
    assert large["model"]["weights"] == module.net.extract_submodel(1).export_weights().tolist()
    with pytest.raises(ValueError, match="1 checkpoints are given for 2"):
        net.export_container(tmp_path, checkpoint_paths_by_submodel=[str(path)])


def test_a_run_starts_from_a_packed_checkpoint(
    tmp_path: Path, data: dict[str, Any], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    path = saved({k: v for k, v in packed_state().items() if "sample_rate" not in k}, tmp_path / "packed.ckpt")
    net = {"name": "PackedWaveNet", "config": PACKED}
    run = nam_kernel.check(data, {**model, "net": net, "checkpoint_path": str(path)}, learning)
    assert_is_packed(run.net)
    run.teardown()


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("Linear", {"receptive_field": 5}),
        ("ConvNet", {"channels": 2, "dilations": [1, 2], "batchnorm": True}),
        ("LSTM", {"hidden_size": 2}),
        ("Own", {}),
    ],
)
def test_a_run_starts_from_the_older_names_of_weights(
    name: str, config: dict[str, Any], tmp_path: Path, data: dict[str, Any], model: dict[str, Any], learning: Any
) -> None:
    class Own(BaseNet):
        receptive_field = 1

        def __init__(self) -> None:
            super().__init__()
            self.gain = torch.nn.Parameter(torch.rand(()))

        def _forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.gain * x

        def _export_config(self) -> dict[str, Any]:
            return {}

    factory.register("Own", lambda config: Own())
    net = factory.init(name, kwargs={"config": config})
    older = {
        "Linear": {"impulse_response": "_net.weight"},
        "ConvNet": {"head.": "_net.head.", "layers.": "_net.block_", ".norm.": ".batchnorm."},
        "LSTM": {"core.": "_core.", "head.": "_head.", "initial_": "_initial_"},
    }
    state = dict(net.state_dict())
    for newer, name_then in older.get(name, {}).items():
        state = {key.replace(newer, name_then): value for key, value in state.items()}
    if name == "Linear":
        state["_net.weight"] = state["_net.weight"].flip(0)[None, None]
    path = saved(state, tmp_path / "older.ckpt")
    run = nam_kernel.check(
        data, {**model, "net": {"name": name, "config": config}, "checkpoint_path": str(path)}, learning
    )
    x = torch.linspace(-0.5, 0.5, 50)
    torch.testing.assert_close(run.net.eval()(x, pad_start=True), net.eval()(x, pad_start=True))
    run.teardown()


def test_an_older_checkpoint_of_another_net_is_named(
    tmp_path: Path, data: dict[str, Any], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    path = saved(Linear(4).state_dict(), tmp_path / "other.ckpt")
    with pytest.raises(ModelFileError, match=r"other.ckpt holds the weights of another net"):
        nam_kernel.check(data, {**model, "checkpoint_path": str(path)}, learning)
