"""Entries of ``joint`` with dotted names: whatever they do to the level, the model has that of the recordings."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor

import nam_kernel
from nam.data import Dataset, JointDatasetHook, register_dataset_initializer
from nam.models import ConvNet
from nam.models.base import BaseNet
from nam.models.factory import register
from nam.models.recurrent import LSTM
from nam_kernel.errors import DataError, HandshakeError, PluginError, UserError


class Scale(JointDatasetHook):
    """Scales both datasets, each by a factor of its own."""

    def __init__(self, train: float, validation: float | None = None) -> None:
        self.factors = train, train if validation is None else validation

    def apply(self, dataset_train: Any, dataset_validation: Any) -> None:
        for dataset, factor in zip((dataset_train, dataset_validation), self.factors, strict=True):
            for part in getattr(dataset, "datasets", [dataset]):
                part.scale_output(factor)


class Own(Dataset):
    """Scales itself when it is made, if it is to."""

    def __init__(self, own_level: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale_output(own_level)


def broken() -> Any:
    raise RuntimeError("no luck")


@pytest.fixture(autouse=True)
def hooks() -> Iterator[None]:
    """A module of somebody's, with hooks in it; and a dataset that is one of ``nam``."""
    module = ModuleType("joint_of_a_user")
    vars(module).update(Scale=Scale, broken=broken)
    module.__spec__ = sys.modules[__name__].__spec__
    sys.modules["joint_of_a_user"] = module
    register_dataset_initializer("own", Own.init_from_config)
    yield
    del sys.modules["joint_of_a_user"]


def scaled_by(train: float, validation: float | None = None) -> dict[str, Any]:
    return {"name": "joint_of_a_user.Scale", "args": [train] if validation is None else [train, validation]}


NORMALISED = {"name": "nam.data.normalize_joint_dataset_output", "kwargs": {"level_rms_dbfs": -18.0}}


def exported_over_trained(
    configs: tuple[dict[str, Any], dict[str, Any], dict[str, Any]], folder: Path, net: dict[str, Any] | None = None
) -> float:
    """Return the ratio of the exported taps to the trained ones, in a training that leaves them as they were."""
    data, model, learning = configs
    model = {**model, "net": net or {"name": "Linear", "config": {"receptive_field": 3}}, "optimizer": {"lr": 1e-12}}
    began: list[Tensor] = []

    def remember(run: Any) -> None:
        began.append(torch.from_numpy(run.net.export_weights().copy()))

    result = nam_kernel.train(data, model, learning, folder, plots=False, ready=remember)
    read = torch.tensor(nam_kernel.models.read_model(result.directory / "model.nam").export_weights())
    torch.testing.assert_close(read, torch.from_numpy(result.net.export_weights()))
    ratios = read / began[0]
    assert float(ratios.std()) < 1e-5
    return float(ratios.mean())


@pytest.mark.parametrize("kind", ["dataset", "own"])
@pytest.mark.parametrize("entries", [1, 2])
def test_what_a_hook_of_a_user_does_to_the_level_is_undone_in_the_model(
    kind: str, entries: int, tmp_path: Path, data: dict[str, Any], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    data |= {"type": kind, "joint": [scaled_by(4.0)] * entries}
    if entries == 2:
        data["train"] = [data["train"], data["train"]]
    assert exported_over_trained((data, model, learning), tmp_path) == pytest.approx(4.0**-entries, rel=1e-4)


@pytest.mark.parametrize("kind", ["dataset", "own"])
def test_a_level_that_is_normalised_is_undone_in_the_model(
    kind: str, tmp_path: Path, data: dict[str, Any], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    played = soundfile.read(data["common"]["y_path"])[0][4000:]
    factor = 10 ** (-18 / 20) / np.sqrt(np.mean(played**2))
    ratio = exported_over_trained(({**data, "type": kind, "joint": [NORMALISED]}, model, learning), tmp_path)
    assert ratio == pytest.approx(1 / factor, rel=1e-4)


def test_a_dataset_that_scales_itself_is_undone_too_and_once(
    tmp_path: Path, data: dict[str, Any], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    data = {**data, "type": "own", "common": {**data["common"], "own_level": 0.25}, "joint": [scaled_by(8.0)]}
    assert exported_over_trained((data, model, learning), tmp_path) == pytest.approx(0.5, rel=1e-4)


@pytest.mark.parametrize(
    ("joint", "error", "match"),
    [
        ([scaled_by(2.0, 3.0)], HandshakeError, r"different factors \(2 and 3\)"),
        ([{"name": "joint_of_a_user.broken"}], PluginError, r"joint\[0\]: joint_of_a_user.broken failed: .*no luck"),
        ([{"name": "joint_of_a_user.missing"}], HandshakeError, r"joint\[0\].name: .*'joint_of_a_user.missing'"),
        ([{"name": "no_such_module.hook"}], HandshakeError, r"joint\[0\].name: .*'no_such_module.hook'"),
    ],
)
def test_a_hook_that_cannot_be_carried_out_is_named(
    joint: Any, error: type[Exception], match: str, data: dict[str, Any], model: dict[str, Any], learning: Any
) -> None:
    with pytest.raises(error, match=match):
        nam_kernel.check({**data, "joint": joint}, model, learning)


def test_silence_has_no_level_to_normalise(
    tmp_path: Path, data: dict[str, Any], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    silent = tmp_path / "silent.wav"
    soundfile.write(silent, np.zeros(8000), 8000, subtype="PCM_24")
    data = {**data, "type": "own", "common": {**data["common"], "y_path": str(silent)}, "joint": [NORMALISED]}
    with pytest.raises(DataError, match=r"joint\[0\]: the training data is silent"):
        nam_kernel.check(data, model, learning)


class Bare(BaseNet):
    receptive_field = 1

    def __init__(self) -> None:
        super().__init__()
        self.gain = torch.nn.Parameter(torch.ones(1))

    def _forward(self, x: Tensor) -> Tensor:
        return self.gain * x

    def _export_config(self) -> dict[str, Any]:
        return {}


def test_a_net_without_a_way_to_scale_its_output_is_refused(
    data: dict[str, Any], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    register("Bare", lambda config: Bare())
    with pytest.raises(HandshakeError, match="Bare cannot change the level of its output"):
        nam_kernel.check({**data, "joint": [scaled_by(2.0)]}, {**model, "net": {"name": "Bare"}}, learning)


class Doubled(ConvNet):
    def _forward(self, x: Tensor) -> Tensor:
        return 2 * super()._forward(x)


class Squashed(ConvNet):
    def _forward(self, x: Tensor) -> Tensor:
        return torch.tanh(super()._forward(x))


class Deep(LSTM):
    def _init_head(self, hidden_size: int) -> torch.nn.Module:
        return torch.nn.Sequential(torch.nn.Linear(hidden_size, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))


def test_a_subclass_is_scaled_by_the_class_behind_it_where_that_scales_what_is_heard() -> None:
    x = torch.linspace(-1, 1, 30)
    net = Doubled(2, [1, 2]).eval()
    before = net(x)
    net.scale_output(-3.0)
    torch.testing.assert_close(net(x), -3 * before)
    for other in (Squashed(2, [1, 2]), Deep(3)):
        with pytest.raises(UserError, match="scale_output"):
            other.scale_output(3.0)
    with pytest.raises(UserError, match="scale_output"):
        Deep(3, input_size=2).scale_output(3.0)
