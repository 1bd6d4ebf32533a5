"""Dotted names in configs: what they may stand for, and what is refused before anything of it is called."""

from __future__ import annotations

import contextvars
import functools
import json
import os
import pickle
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import nam_kernel
from nam.models import factory
from nam.train.lightning_module import LossConfig
from nam_kernel.errors import ComponentError, ConfigError, UserError

Config = dict[str, Any]

TOUCH = f"{sys.executable} -c \"open('MARK', 'w')\""

FORBIDDEN: dict[str, Config] = {
    "subprocess.check_call": {"args": TOUCH, "shell": True},
    "subprocess.Popen": {"args": TOUCH, "shell": True},
    "os.system": {"command": TOUCH},
    "posix.system": {"command": TOUCH},
    "shutil.rmtree": {"path": "FOLDER"},
    "builtins.eval": {"source": "open('MARK', 'w')"},
    "builtins.open": {"file": "MARK", "mode": "w"},
    "importlib.import_module": {"name": "antigravity"},
    "runpy.run_path": {"path_name": "FOLDER/evil.py"},
    "collections.Counter": {},
    "test.support.script_helper.run_python_until_end": {},
    "nam.os.system": {"command": TOUCH},
    "nam.util.init": {"name": "os.system", "command": TOUCH},
    "nam.data.np_to_wav": {"x": [0.0], "filename": "MARK"},
    "nam.train.full.main": {},
    "nam_kernel.models.write_model": {"path": "MARK"},
    "nam_plugin_compat.dotted.find": {"kind": "net", "name": "os.system"},
    "numpy.save": {"file": "MARK", "arr": [1]},
    "numpy.load": {"file": "FOLDER/evil.pkl", "allow_pickle": True},
    "numpy.memmap": {"filename": "MARK", "mode": "w+", "shape": 1},
    "torch.load": {"f": "FOLDER/evil.pkl", "weights_only": False},
    "torch.save": {"obj": 1, "f": "MARK"},
    "torch.hub.load": {"repo_or_dir": "FOLDER", "model": "x", "source": "local"},
    "torch.hub.urlopen": {"url": "file:///etc/hostname"},
    "soundfile.write": {"file": "MARK", "data": [0.0], "samplerate": 8000, "format": "WAV"},
    "of_a_user.system": {"command": TOUCH},
    "of_a_user.partly": {},
    "of_a_user.load": {"f": "FOLDER/evil.pkl", "weights_only": False},
    "of_a_user.number": {},
    "of_a_user.Plain": {},
}
"""Names that stand for no part of a training, each with keywords by which it would leave a file, or take one away."""


class Evil:
    def __reduce__(self) -> Any:
        return os.system, (TOUCH,)


class Plain:
    """Neither a net, nor a dataset, a loss or a hook."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise AssertionError("it was made")


def halved(preds: Any, targets: Any) -> Any:
    return 0.5 * (preds - targets).abs().mean()


@pytest.fixture(autouse=True)
def of_a_user() -> Iterator[None]:
    """A module of somebody's, which has imported a few things."""
    module = types.ModuleType("of_a_user")
    partly = functools.partial(os.system, TOUCH)
    vars(module).update(system=os.system, partly=partly, load=torch.load, number=3, Plain=Plain, halved=halved)
    sys.modules["of_a_user"] = module
    yield
    del sys.modules["of_a_user"]


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """The file that must not be there afterwards."""
    folder = tmp_path / "evil"
    folder.mkdir()
    (folder / "evil.py").write_text(f"open({str(folder / 'mark')!r}, 'w')")
    evil = pickle.dumps(Evil()).replace(TOUCH.encode(), TOUCH.replace("MARK", "mark").encode())
    (folder / "evil.pkl").write_bytes(evil)
    return folder / "mark"


def filled(value: Any, mark: Path) -> Any:
    """Return keywords with the place of the file put in."""
    if isinstance(value, dict):
        return {key: filled(entry, mark) for key, entry in value.items()}
    return value.replace("MARK", str(mark)).replace("FOLDER", str(mark.parent)) if isinstance(value, str) else value


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_is_no_part_of_a_training_is_refused_wherever_it_is_named(
    name: str, mark: Path, data: Config, model: Config, learning: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(mark.parent)
    given = filled(FORBIDDEN[name], mark)
    before = sorted(mark.parent.iterdir())
    inner = {"name": name, "config": given}
    loss = {"custom_losses": {"mine": {"name": name, "kwargs": given, "weight": 1.0}}}
    documents = {
        "net.name": (data, {**model, "net": {"name": name, "config": given}}),
        "net.config.models[0].name": (data, {**model, "net": {"name": "Sequential", "config": {"models": [inner]}}}),
        "train.type": ({**data, "train": {**data["train"], "type": name, **given}}, model),
        "loss.custom_losses.mine.name": (data, {**model, "loss": loss}),
        "loss.losses[0].name": (data, {**model, "loss": {"losses": [{"name": name, "config": given, "weight": 1.0}]}}),
        "joint[0].name": ({**data, "joint": [{"name": name, "kwargs": given}]}, model),
    }
    for place, (its_data, its_model) in documents.items():
        with pytest.raises(UserError) as caught:
            nam_kernel.check(its_data, its_model, learning)
        told = str(caught.value)
        assert place in told, place
        assert name in told, place
    for make in (lambda: LossConfig.init_from_config(loss), lambda: factory.init(name, kwargs=given)):
        with pytest.raises((ComponentError, KeyError), match=name):
            make()
    assert "antigravity" not in sys.modules
    assert sorted(mark.parent.iterdir()) == before


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("torch.nn.L1Loss", {}, 0.25),
        ("torch.nn.functional.l1_loss", {"reduction": "sum"}, 1.0),
        ("torch.nn.functional.mse_loss", {}, 0.125),
        ("nam.models.losses.mse", {}, 0.125),
        ("of_a_user.halved", {}, 0.125),
    ],
)
def test_losses_of_installed_packages_and_of_users_are_found(name: str, given: Config, expected: float) -> None:
    config = LossConfig.init_from_config({"custom_losses": {"mine": {"name": name, "kwargs": given, "weight": 1.0}}})
    assert config.custom_losses is not None
    loss = config.custom_losses["mine"].func
    assert float(loss(torch.tensor([[1.0, 1.0, 0.0, 0.0]]), torch.tensor([[0.5, 0.5, 0.0, 0.0]]))) == expected


@pytest.mark.parametrize("name", ["nam.models.conv_net.ConvNet", "nam.models.conv_net.ConvNet.init_from_config"])
def test_a_net_of_an_installed_package_is_a_class_in_a_module(
    name: str, data: Config, model: Config, learning: Config
) -> None:
    configs = data, {**model, "net": {**model["net"], "name": name}}, learning
    if name.endswith("ConvNet"):
        nam_kernel.check(*configs).teardown()
    else:
        with pytest.raises(ConfigError, match="no plugin offers the net"):
            nam_kernel.check(*configs)


def test_what_a_run_brings_back_is_looked_at_too(
    tmp_path: Path, mark: Path, data: Config, model: Config, learning: Config
) -> None:
    mine = {"mine": {"name": "of_a_user.halved", "weight": 1.0}}
    result = nam_kernel.train(data, {**model, "loss": {"custom_losses": mine}}, learning, tmp_path, plots=False)
    path = result.directory / "config_model.json"
    changed = json.loads(path.read_text())
    changed["loss"]["custom_losses"]["mine"] = {"name": "os.system", "kwargs": {"command": f"touch {mark}"}}
    path.write_text(json.dumps(changed))
    with pytest.raises(UserError, match=r"mine.name: 'os.system' belongs to Python's standard library \(os\)"):
        nam_kernel.resume(result.directory, plots=False)
    assert not mark.exists()


def test_the_command_ends_with_2_and_writes_nothing(
    tmp_path: Path,
    data: Config,
    model: Config,
    learning: Config,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from nam.cli import nam_full

    model["net"] = {"name": "subprocess.check_call", "config": {}}
    for name, config in (("data", data), ("model", model), ("learning", learning)):
        (tmp_path / f"{name}.json").write_text(json.dumps(config))
    configs = [str(tmp_path / f"{name}.json") for name in ("data", "model", "learning")]
    monkeypatch.setattr(sys, "argv", ["nam-full", *configs, str(tmp_path / "out")])
    with pytest.raises(SystemExit) as left:
        contextvars.copy_context().run(nam_full)
    assert left.value.code == 2
    assert "expected a class derived from torch.nn.Module" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
