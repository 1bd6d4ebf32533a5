"""The examples are a whole training with the kernel alone; each does what its name says."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import nam_kernel
from nam_devkit.examples.exporter.exporter import export, refuses
from nam_devkit.examples.exporter.player import runner
from nam_devkit.examples.net.net import ExampleNet
from nam_devkit.scaffold import KINDS
from nam_kernel import plugins
from nam_kernel.errors import ConfigError, TrainingError, UserError
from nam_kernel.hookspecs import OFFERS
from nam_kernel.interfaces import BaseNet
from nam_kernel.plugins.registration import register

DATA = {
    "type": "ExampleDataset",
    "train": {"items": 16},
    "validation": {"items": 4, "seed": 1},
    "common": {"ny": 1024, "drive": 4.0},
}
MODEL: dict[str, Any] = {
    "net": {"name": "ExampleNet", "config": {"taps": 8}},
    "loss": {"losses": [{"name": "ExampleLoss", "config": {"delta": 10.0}}]},
    "export": ["ExampleExporter"],
}
LEARNING = {"engine": "ExampleTrainer", "steps": 200, "validate_every": 50}

BEST = 0.1004
"""The ESR of the best multiple of uniform noise x as an estimate of y = tanh(4 x): 1 - E[xy]^2 / (E[x^2] E[y^2]) with
E[x^2] = 1/3, E[y^2] = 1 - tanh(4) / 4 and, but for exp(-8), E[xy] = 1/2 - pi^2 / 384."""


@pytest.fixture(autouse=True)
def alone(nam_home: Path) -> Iterator[None]:
    """The kernel with the examples, and no other plugin."""
    plugins.use(plugins.Plugins(["*"]))
    for kind in KINDS:
        module = import_module(f"nam_devkit.examples.{kind}.hooks")
        (hook,) = (name for name, offered in OFFERS.items() if offered == kind)
        for record in getattr(module, hook)():
            register(record)
    yield
    plugins.use(None)


def test_together_they_find_the_best_linear_model_of_the_clipper(tmp_path: Path) -> None:
    result = nam_kernel.train(DATA, MODEL, LEARNING, tmp_path)
    assert result.metrics["ESR"] == pytest.approx(BEST, abs=0.004)
    assert [progress.step for progress in result.history] == [50, 100, 150, 200]
    (proof,) = result.proofs
    assert proof.passed
    assert nam_kernel.read_model(tmp_path / result.directory / "model.example").receptive_field == 8


def test_a_run_that_ctrl_c_ended_is_resumed_to_the_same_model(tmp_path: Path, monkeypatch: Any) -> None:
    whole = nam_kernel.train(DATA, MODEL, LEARNING, tmp_path / "whole")
    told = plugins.current().tell

    def press(hook: str, **arguments: Any) -> list[Any]:
        if hook == "nam_progress" and arguments["progress"].epoch == 2:
            raise KeyboardInterrupt
        return told(hook, **arguments)

    monkeypatch.setattr(plugins.current(), "tell", press)
    broken = nam_kernel.train(DATA, MODEL, LEARNING, tmp_path / "broken")
    monkeypatch.undo()
    assert broken.interrupted == 2
    assert broken.epochs == 2
    resumed = nam_kernel.resume(broken.directory)
    assert [p.epoch for p in resumed.history] == [1, 2, 3, 4]
    np.testing.assert_array_equal(resumed.net.export_weights(), whole.net.export_weights())


@pytest.mark.parametrize("key", ["optimizer", "lr_scheduler"])
def test_the_trainer_refuses_what_it_would_not_heed(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError, match=f"{key}: .*set learning_rate in the learning config"):
        nam_kernel.train(DATA, {**MODEL, key: {"lr": 0.1}}, LEARNING, tmp_path)


def test_the_trainer_names_the_step_at_which_the_loss_is_lost(tmp_path: Path) -> None:
    squared = {"losses": [{"name": "ExampleLoss", "config": {"delta": 1e30}}]}
    with pytest.raises(TrainingError, match=r"the loss is (nan|inf) at step \d+; try a smaller learning_rate"):
        nam_kernel.train(DATA, {**MODEL, "loss": squared}, {**LEARNING, "learning_rate": 1e30}, tmp_path)


def net_of(taps: list[float], offset: float) -> ExampleNet:
    net = ExampleNet(len(taps))
    with torch.no_grad():
        net.filter.weight.copy_(torch.tensor(taps)[None, None])
        net.filter.bias.fill_(offset)
    return net


def test_the_player_answers_an_impulse_with_the_taps_newest_first(tmp_path: Path) -> None:
    (path,) = export(net_of([0.25, -0.5, 1.0], 0.125), tmp_path, "model", {})
    impulse = np.zeros(5)
    impulse[1] = 1.0
    np.testing.assert_allclose(runner(path)(impulse) - 0.125, [0.0, 1.0, -0.5, 0.25, 0.0])


class Gain(BaseNet):
    receptive_field = 1
    architecture = "Gain"

    def __init__(self, outputs: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.gain = torch.nn.Parameter(torch.ones(1))
        self._outputs = outputs

    @property
    def outputs(self) -> tuple[str, ...]:
        return self._outputs

    @classmethod
    def init_from_config(cls, config: Any) -> Gain:
        return cls()

    def export_config(self) -> dict[str, Any]:
        return {}

    def compute(self, x: torch.Tensor, *conditions: torch.Tensor) -> torch.Tensor:
        return self.gain * x


def test_the_player_does_not_guess_at_other_nets(tmp_path: Path) -> None:
    (path,) = export(Gain(), tmp_path, "model", {})
    with pytest.raises(UserError, match="model.example holds a Gain"):
        runner(path)


def test_a_net_of_several_outputs_is_refused_beforehand_and_when_written(tmp_path: Path) -> None:
    net = Gain(("small", "large"))
    assert refuses(net) == "it has 2 outputs, and a file holds a net of one"
    with pytest.raises(UserError, match="it has 2 outputs"):
        export(net, tmp_path, "model", {})
