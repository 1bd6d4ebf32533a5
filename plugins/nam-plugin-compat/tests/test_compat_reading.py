"""Model files of nets that extensions register: read back and played, with their knobs, as far as they tell enough."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor

import nam_kernel
from nam.data import Dataset, register_dataset_initializer
from nam.hooks import ExportModelDictPostHook
from nam.models import factory, init_from_nam
from nam.models.base import BaseNet
from nam_kernel.errors import ModelFileError, UserError
from nam_kernel.models import read_model
from nam_plugin_nam.render import main as render


class Driven(BaseNet):
    """``y[n] = tanh(gain x[n] + tone x[n - 1])`` times a weight."""

    receptive_field = 2

    def __init__(self, steps: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.steps = steps
        self.level = torch.nn.Parameter(torch.tensor([0.5, 2.0]))

    def _forward(self, x: Tensor, gain: Tensor, tone: Any = 0.25) -> Tensor:
        tone = torch.as_tensor(tone)
        gain, tone = (k[:, None] if k.ndim == 1 else k[..., 1:] if k.ndim == 2 else k for k in (gain, tone))
        return self.level.prod() * torch.tanh(gain * x[:, 1:] + tone * x[:, :-1])

    def _export_config(self) -> dict[str, Any]:
        return {"steps": self.steps}

    def _export_weights(self) -> np.ndarray[Any, Any]:
        return self.level.detach().numpy()[::-1].copy()


class ByForward(Driven):
    def forward(self, audio: Tensor, gain: Tensor, tone: Tensor, pad_start: bool | None = None) -> Tensor:
        if pad_start or pad_start is None:
            audio = torch.nn.functional.pad(audio, (1, 0))
        return self._forward(audio, gain, tone)


class Starred(Driven):
    def _forward(self, x: Tensor, *knobs: Tensor) -> Tensor:  # type: ignore[override]
        return super()._forward(x, *knobs)


class Forgetful(Driven):
    """Its file does not say what its constructor needs."""

    def _export_config(self) -> dict[str, Any]:
        return {"else": 1}


class WithKnobs(Dataset):
    """Items with as many knobs as there are told."""

    def __init__(self, knobs: list[float], grouped: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.knobs = (torch.tensor(knobs),) if grouped else tuple(map(torch.tensor, knobs))

    def __getitem__(self, idx: int) -> Any:
        x, y = super().__getitem__(idx)
        return x, (y, *self.knobs)


def written(net: BaseNet, folder: Path) -> Path:
    net.sample_rate = 8000
    net.export(folder)
    return folder / "model.nam"


def played(path: Path, recording: dict[str, str], *settings: str) -> Any:
    target = path.with_suffix(".wav")
    sets = [part for setting in settings for part in ("--set", setting)]
    target.unlink(missing_ok=True)
    assert render([str(path), recording["x_path"], str(target), *sets]) == 0
    return soundfile.read(target)[0]


@pytest.mark.parametrize("kind", [Driven, ByForward])
@pytest.mark.parametrize("by", ["class method", "function"])
def test_a_file_is_played_with_its_knobs_at_a_setting(
    kind: type[Driven], by: str, tmp_path: Path, recording: dict[str, str]
) -> None:
    factory.register(kind.__name__, kind.init_from_config if by == "class method" else lambda config: kind(**config))
    path = written(kind(steps=3), tmp_path)
    x = soundfile.read(recording["x_path"])[0]
    before = np.concatenate(([0.0], x[:-1]))
    np.testing.assert_allclose(played(path, recording, "gain=2", "tone=-0.5"), np.tanh(2 * x - 0.5 * before), atol=1e-6)
    net = read_model(path)
    assert (type(net), net.steps, net.sample_rate) == (kind, 3, 8000)
    assert [c.name for c in net.conditions or ()] == ["gain", "tone"]
    assert init_from_nam(json.loads(path.read_text())).level.tolist() == [0.5, 2.0]


def test_a_knob_whose_usual_position_is_not_known_has_to_be_set(tmp_path: Path, recording: dict[str, str]) -> None:
    factory.register("Driven", Driven.init_from_config)
    path = written(Driven(), tmp_path)
    x = soundfile.read(recording["x_path"])[0]
    usual = np.tanh(x + 0.25 * np.concatenate(([0.0], x[:-1])))
    np.testing.assert_allclose(played(path, recording, "gain=1"), usual, atol=1e-6)
    with pytest.raises(UserError, match="where gain of this Driven usually is"):
        played(path, recording)
    with pytest.raises(UserError, match=r"no knob 'gian'.*gain, tone"):
        played(path, recording, "gian=1")


def test_knobs_that_have_no_names_are_for_python(tmp_path: Path, recording: dict[str, str]) -> None:
    factory.register("Starred", Starred.init_from_config)
    path = written(Starred(), tmp_path)
    assert read_model(path).conditions is None
    with pytest.raises(UserError, match="does not say which conditions"):
        played(path, recording)
    x = torch.linspace(-0.5, 0.5, 50)
    torch.testing.assert_close(read_model(path).render(x, 2.0, 0.0, size=7), torch.tanh(2 * x))


@pytest.mark.parametrize(
    ("kind", "constructor"),
    [(Driven, Driven.init_from_config), (Forgetful, lambda config: Forgetful(config["steps"]))],
    ids=["readable", "not readable"],
)
def test_a_net_trains_whether_its_file_can_be_read_or_not(
    kind: type[Driven],
    constructor: Any,
    tmp_path: Path,
    data: dict[str, Any],
    model: dict[str, Any],
    learning: dict[str, Any],
) -> None:
    factory.register(kind.__name__, constructor)
    register_dataset_initializer("with_knobs", WithKnobs.init_from_config)
    data["common"] |= {"type": "with_knobs", "knobs": [0.5, 0.25]}
    model["net"] = {"name": kind.__name__, "config": {"steps": 2}}
    result = nam_kernel.train(data, model, learning, tmp_path)
    assert (result.directory / "comparison.png").exists()
    path = result.directory / "model.nam"
    if kind is Driven:
        run = nam_kernel.check(data, {"optimizer": {"lr": 0.01}, "init_from": str(path)}, learning)
        torch.testing.assert_close(run.net.level, result.net.level)
        run.teardown()
    else:
        with pytest.raises(ModelFileError, match="no installed plugin reads the architecture 'Forgetful'"):
            read_model(path)


def test_a_file_that_lacks_what_the_constructor_needs_is_refused_in_words(tmp_path: Path) -> None:
    path = written(Forgetful(), tmp_path)
    factory.register("Forgetful", lambda config: Forgetful(config["steps"]))
    with pytest.raises(ModelFileError, match="config of this Forgetful model cannot be used: 'steps'"):
        read_model(path)


def test_a_hook_may_make_a_file_that_only_its_own_player_reads(tmp_path: Path) -> None:
    class Hidden(ExportModelDictPostHook):
        def apply(self, model_dict: dict[str, Any]) -> dict[str, Any]:
            return {**model_dict, "config": {"hidden": True}}

    factory.register("Driven", Driven.init_from_config)
    net = Driven()
    net.export_model_dict_post_hooks.append(Hidden())
    assert json.loads(written(net, tmp_path).read_text())["config"] == {"hidden": True}


def test_a_knob_may_hold_several_values_in_a_training(
    tmp_path: Path, data: dict[str, Any], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    class Grouped(Driven):
        def _forward(self, x: Tensor, params: Tensor) -> Tensor:  # type: ignore[override]
            return super()._forward(x, params[:, 0], params[:, 1])

    factory.register("Grouped", Grouped.init_from_config)
    register_dataset_initializer("with_knobs", WithKnobs.init_from_config)
    data["common"] |= {"type": "with_knobs", "knobs": [0.5, 0.25], "grouped": True}
    result = nam_kernel.train(data, {**model, "net": {"name": "Grouped"}}, learning, tmp_path)
    start = {"optimizer": {"lr": 0.01}, "init_from": str(result.directory / "model.nam")}
    nam_kernel.check(data, start, learning).teardown()


def test_a_class_whose_constructor_takes_a_config_is_read_by_its_own_name(tmp_path: Path) -> None:
    class ByConfig(Driven):
        def __init__(self, config: dict[str, Any]) -> None:
            super().__init__(**config)

    factory.register("Fancy", ByConfig)
    assert type(read_model(written(ByConfig({"steps": 2}), tmp_path))) is ByConfig


def test_a_name_that_a_plugin_reads_stays_the_plugins() -> None:
    from nam.models.wavenet import WaveNet as Older

    class WaveNet(Older):
        pass

    factory.register("Mine", WaveNet.init_from_config)
    (record,) = [record for _, record in nam_kernel.plugins.registration.registered("net")]
    assert record.architectures == ("Mine",)
