"""What Lightning or torch would refuse is found before anything is written, and told with the key that causes it."""

from __future__ import annotations

import os
import random
import signal
import time
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from lightning_parts import (
    Broken,
    BrokenCallback,
    BrokenNet,
    CountEpochs,
    Derived,
    DroppingNet,
    Filtered,
    TinyNet,
    TwoFilters,
    fit,
    mse,
    named,
)

from nam_kernel.errors import ModelFileError, PluginError
from nam_kernel.interfaces import WeightedLoss
from nam_plugin_lightning.engine import LightningTrainer
from nam_plugin_lightning.module import NamModule
from nam_plugin_lightning.stand_ins import noise_like


def findings(asked):
    assert asked.engine.problems(asked.job.model) == []
    return {finding.where: (finding.severity, finding.text) for finding in asked.engine.findings(asked.job)}


def lightnings(name, **arguments):
    return [{"class_path": f"pytorch_lightning.callbacks.{name}", "init_args": arguments}]


GOOD = [
    {},
    {"net": TwoFilters},
    {"net": DroppingNet},
    {"engine": Derived},
    {"validation": None},
    {"learning": {"train_dataloader": {"batch_size": None}}},
    {"learning": {"train_dataloader": {"num_workers": 2, "persistent_workers": False, "timeout": 60}}},
    {"learning": {"trainer": {"max_steps": 5, "val_check_interval": 0.5, "accumulate_grad_batches": 2}}},
    {"learning": {"trainer": {"precision": "64-true", "gradient_clip_val": 1.0, "detect_anomaly": True}}},
    {"learning": {"trainer": {"precision": "bf16-mixed", "deterministic": True, "logger": True}}},
    {"learning": {"trainer": {"fast_dev_run": True}}},
    {"learning": {"trainer": {"limit_val_batches": 0, "callbacks": [named(CountEpochs)]}}},
    {"model": {"lr_scheduler": {"class": "ReduceLROnPlateau", "monitor": "MSE"}}},
    {"model": {"optimizer": {"class": "LBFGS", "lr": 0.5}}},
    {"mask_first": 10},
]


@pytest.mark.parametrize("changes", GOOD, ids=str)
def test_what_can_be_trained_has_no_findings(training, changes):
    made = {key: value() if key == "net" else value for key, value in changes.items()}
    assert findings(training(**made)) == {}


BAD = [
    ({"trainer": {"val_check_interval": 1000}}, {}, "trainer.val_check_interval", "(1000) must be less than or equal"),
    ({"trainer": {"limit_val_batches": 0.1}}, {}, "trainer.limit_val_batches", "0.1 * 1 < 1"),
    ({"trainer": {"limit_train_batches": 0.1}}, {}, "trainer.limit_train_batches", "less than one batch of the 8"),
    ({"trainer": {"overfit_batches": 0.1}}, {}, "trainer.overfit_batches", "less than one batch of the 8"),
    ({}, {"optimizer": {"class": "SparseAdam"}}, "optimizer", "SparseAdam does not support dense gradients"),
    ({}, {"optimizer": {"capturable": True}}, "optimizer", "capturable"),
    (
        {},
        {"lr_scheduler": {"class": "ReduceLROnPlateau", "monitor": "nosuch"}},
        "lr_scheduler.monitor",
        "'nosuch'; known",
    ),
    ({}, {"lr_scheduler": {"class": "ReduceLROnPlateau", "monitor": "esr"}}, "lr_scheduler.monitor", "mean 'ESR'?"),
    ({}, {"lr_scheduler": {"class": "ReduceLROnPlateau", "interval": "step"}}, "lr_scheduler.frequency", "interval"),
    (
        {"trainer": {"check_val_every_n_epoch": 3}},
        {"lr_scheduler": {"class": "ReduceLROnPlateau"}},
        "lr_scheduler.frequency",
        '"frequency": 3',
    ),
    (
        {"trainer": {"max_epochs": 5}},
        {"lr_scheduler": {"class": "OneCycleLR", "kwargs": {"max_lr": 0.1, "total_steps": 9}, "interval": "step"}},
        "lr_scheduler",
        "ends after 9 steps, but the training has 10",
    ),
    pytest.param(
        {"trainer": {"callbacks": lightnings("LearningRateMonitor")}},
        {},
        "trainer.logger",
        "has no logger",
        marks=pytest.mark.skipif(find_spec("tensorboard") is None, reason="there is no logger that could be wanted"),
    ),
    (
        {
            "trainer": {
                "callbacks": lightnings("GradientAccumulationScheduler", scheduling={1: 2}),
                "accumulate_grad_batches": 2,
            }
        },
        {},
        "trainer.callbacks",
        "GradientAccumulationScheduler",
    ),
    (
        {"trainer": {"callbacks": lightnings("EarlyStopping", monitor="esr")}},
        {},
        "trainer.callbacks",
        "EarlyStopping monitors 'esr', which nothing logs; did you mean 'ESR'?",
    ),
]


@pytest.mark.parametrize(("learning", "model", "where", "told"), BAD, ids=str)
def test_what_could_not_be_trained_is_told(training, learning, model, where, told):
    asked = training(learning=learning, model=model)
    found = findings(asked)
    assert list(found) == [where]
    assert found[where][0] == "error"
    assert told in found[where][1]
    assert list(asked.directory.iterdir()) == []


class SinglePrecision(TinyNet):
    """A net with a tensor that is neither a weight nor a buffer."""

    def __init__(self):
        super().__init__()
        self.table = torch.ones(1)

    def compute(self, x, *conditions):
        return torch.nn.functional.conv1d(super().compute(x)[:, None], self.table[None, None])[:, 0]


def test_a_precision_that_the_net_cannot_have_is_told_with_its_key(training):
    learning = {"trainer": {"precision": "64-true"}}
    found = findings(training(net=SinglePrecision(), learning=learning))
    assert list(found) == ["trainer.precision"]
    assert "SinglePrecision" in found["trainer.precision"][1]


@pytest.mark.parametrize("rate", [30, 0.2, 1e6])
def test_a_learning_rate_far_above_the_usual_is_a_warning(training, rate):
    ((where, (severity, told)),) = findings(training(model={"optimizer": {"lr": rate}})).items()
    assert (where, severity) == ("optimizer.lr", "warning")
    assert f"{rate:g} is far above the usual" in told


@pytest.mark.parametrize(
    "optimizer",
    [{"lr": 0.1}, {"class": "Adadelta", "lr": 30}, {"class": "LBFGS", "lr": 1.0}, {"class": "SGD", "lr": 0.1}],
)
def test_what_is_usual_depends_on_the_optimizer(training, optimizer):
    assert "optimizer.lr" not in findings(training(model={"optimizer": optimizer}))


def test_the_highest_rate_of_a_schedule_counts(training):
    scheduler = {"class": "OneCycleLR", "kwargs": {"max_lr": 30.0, "total_steps": 9}}
    assert "a learning rate of 30" in findings(training(model={"lr_scheduler": scheduler}))["optimizer.lr"][1]


COMPONENTS = [
    ({"train": Broken("StopIteration", item=3)}, "dataset Broken failed at item 3"),
    ({"validation": Broken("SystemExit", item=0)}, "dataset Broken failed at item 0"),
    ({"net": BrokenNet("SystemExit", training=True)}, "net BrokenNet failed: SystemExit"),
    ({"net": BrokenNet("StopIteration", training=False)}, "net BrokenNet failed: StopIteration"),
    ({"losses": [WeightedLoss("mine", lambda p, t: 1 / 0, 1.0)]}, "loss 'mine' failed: ZeroDivisionError"),
    ({"losses": [WeightedLoss("mine", lambda p, t: p - t, 1.0)]}, "loss 'mine' returned a tensor of shape"),
]


@pytest.mark.parametrize(("changes", "told"), COMPONENTS, ids=lambda value: str(value)[:40])
def test_a_component_that_fails_at_its_first_step_is_named_before_anything_is_written(training, changes, told):
    asked = training(learning={"train_dataloader": {"batch_size": 4}}, **changes)
    with pytest.raises(PluginError, match=told):
        findings(asked)
    assert list(asked.directory.iterdir()) == []


@pytest.mark.parametrize(
    "spec",
    [
        {"class_path": "lightning_parts.BrokenCallback", "init_args": {"hook": 3, "error": "ValueError"}},
        {"class_path": "pytorch_lightning.callbacks.EarlyStopping", "init_args": {"monitor": "ESR", "mode": "lowest"}},
        {"class_path": "pytorch_lightning.callbacks.Timer", "init_args": {"duration": "soon"}},
    ],
)
def test_a_callback_that_cannot_be_made_is_a_problem(training, spec):
    ((document, problem),) = training(learning={"trainer": {"callbacks": [spec]}}).engine.problems(training().job.model)
    assert (document, problem.where) == ("learning", "trainer.callbacks[0]")
    assert spec["class_path"] in problem.what


BRINGS_A_BAR = """
from nam_kernel import hookimpl

@hookimpl(optionalhook=True)
def nam_lightning_callbacks():
    from pytorch_lightning.callbacks import TQDMProgressBar
    return [TQDMProgressBar()]
"""


def test_callbacks_of_plugins_are_tried_with_the_trainer(extension, training):
    extension("bar", BRINGS_A_BAR)
    (told,) = findings(training()).values()
    assert "TQDMProgressBar" in told[1]
    assert '"enable_progress_bar": true' in told[1]


def test_another_ones_callback_may_log_what_a_scheduler_monitors(training):
    scheduler = {"class": "ReduceLROnPlateau", "monitor": "mine"}
    asked = training(model={"lr_scheduler": scheduler}, learning={"trainer": {"callbacks": [named(CountEpochs)]}})
    assert findings(asked) == {}


class Logging(NamModule):
    def on_validation_epoch_end(self):
        super().on_validation_epoch_end()
        self.log("mine", 1.0)


def test_another_module_may_log_what_a_scheduler_monitors(training):
    class Engine(LightningTrainer):
        def module(self, job, ledger):
            own = super().module(job, ledger)
            return Logging(job.net, job.losses, own._optimizers_of, ledger=ledger)

    asked = training(engine=Engine, model={"lr_scheduler": {"class": "ReduceLROnPlateau", "monitor": "mine"}})
    assert findings(asked) == {}
    assert fit(asked).epochs == 3


class Counting:
    """A loss that knows how often it was asked."""

    def __init__(self):
        self.calls = 0

    def __call__(self, preds, targets):
        self.calls += 1
        return mse(preds, targets)


class Normalised(TinyNet):
    """A net that keeps statistics."""

    def __init__(self):
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(1)
        self.calls = 0

    def compute(self, x, *conditions):
        self.calls += 1
        return self.norm(super().compute(x)[:, None])[:, 0]


def test_the_job_is_as_it_was_and_so_are_random_numbers_and_switches(training):
    net, loss = Normalised(), Counting()
    asked = training(
        net=net, losses=[WeightedLoss("counting", loss, 1.0)], learning={"trainer": {"deterministic": True}}
    )
    before = {key: value.clone() for key, value in net.state_dict().items()}
    drawn = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()
    assert findings(asked) == {}
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())
    assert (net.calls, loss.calls, net.training, net.conv.weight.grad) == (0, 0, True, None)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == drawn[:2]
    assert torch.equal(torch.get_rng_state(), drawn[2])
    assert not torch.are_deterministic_algorithms_enabled()


def test_a_rehearsal_says_nothing_and_leaves_nothing(training, capfd, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    asked = training(learning={"trainer": {"logger": True, "enable_progress_bar": True, "enable_checkpointing": True}})
    there = sorted(tmp_path.rglob("*"))
    assert findings(asked) == {}
    assert sorted(tmp_path.rglob("*")) == there
    assert capfd.readouterr() == ("", "")


def test_a_rehearsal_takes_no_time(training):
    asked = training(model={"lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gamma": 0.9}}})
    findings(asked)
    began = time.process_time()
    findings(asked)
    assert time.process_time() - began < 0.3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_rehearsal_as_it_ends_a_program(training, number):
    class Interrupting(Filtered):
        def __getitem__(self, index):
            os.kill(os.getpid(), number)
            return super().__getitem__(index)

    heard = []
    before = signal.signal(number, lambda n, _: heard.append(n))
    try:
        list(training(train=Interrupting()).engine.findings(training(train=Interrupting()).job))
    finally:
        signal.signal(number, before)
    assert number in heard


def test_noise_has_the_form_of_the_batch_and_no_more_than_an_item_of_it():
    x, y, knob, moving = torch.zeros(4, 99), torch.zeros(4, 90), torch.ones(4), torch.ones(4, 99)
    flat = noise_like([x, knob, moving, y], masked=0)
    assert [tuple(part.shape) for part in flat] == [(1, 99), (1,), (1, 99), (1, 90)]
    nested = noise_like([x.double(), (y, knob)], masked=0)
    assert nested[0].dtype == torch.float64
    assert [tuple(part.shape) for part in nested[1]] == [(1, 90), (1,)]
    assert 0 < flat[0].abs().max() <= 0.1


def test_noise_of_a_whole_recording_is_cut(monkeypatch):
    monkeypatch.setattr("nam_plugin_lightning.stand_ins.LONGEST", 10)
    x, moving, y = noise_like([torch.zeros(1, 1008), torch.ones(1, 1008), torch.zeros(1, 1000)], masked=5)
    assert [tuple(part.shape) for part in (x, moving, y)] == [(1, 23), (1, 23), (1, 15)]


def test_input_with_settings_in_it_is_left_as_it_is():
    folded = torch.arange(4 * 50 * 3.0).reshape(4, 50, 3)
    x, y = noise_like([folded, torch.zeros(4, 47)], masked=0)
    assert torch.equal(x, folded[:1])
    assert tuple(y.shape) == (1, 47)
    assert 0 < y.abs().max() <= 0.1


def checkpoint(training, **changes):
    return str(fit(training("earlier", **changes)).directory / "checkpoints" / "last.ckpt")


def test_a_checkpoint_of_another_net_is_told(training):
    path = checkpoint(training)
    with pytest.raises(ModelFileError, match="another net"):
        findings(training(net=TwoFilters(), model={"checkpoint_path": path}))


@pytest.mark.parametrize("optimizer", [{"class": "SGD", "lr": 0.1, "momentum": 0.9}, {"lr": 0.1}])
def test_a_checkpoint_of_another_optimizer_is_told(training, optimizer):
    earlier = {"class": "ExponentialLR", "kwargs": {"gamma": 0.9}}
    path = checkpoint(training, model={"lr_scheduler": earlier})
    learning = {"trainer": {"max_epochs": 9}, "trainer_fit_kwargs": {"ckpt_path": path}}
    with pytest.raises(ValueError, match="another optimizer"):
        raise_errors(findings(training(model={"optimizer": optimizer}, learning=learning)))


def raise_errors(found):
    for severity, told in found.values():
        assert severity == "error"
        raise ValueError(told)


def test_a_checkpoint_of_the_same_training_is_welcome(training):
    path = checkpoint(training)
    learning = {"trainer": {"max_epochs": 9}, "trainer_fit_kwargs": {"ckpt_path": path}}
    assert findings(training(learning=learning)) == {}
    ((_, problem),) = training(learning={"trainer_fit_kwargs": {"ckpt_path": path}}).engine.problems(
        training().job.model
    )
    assert "3 epochs behind it, and the training ends at 3" in problem.what


def test_a_net_that_cannot_be_copied_is_not_tried(training):
    class Rooted(TinyNet):
        def __deepcopy__(self, memo):
            raise RuntimeError("there is only one")

    assert findings(training(net=Rooted())) == {}


def test_a_hook_that_fails_later_is_not_called_in_a_rehearsal(training):
    broken = named(BrokenCallback, hook="on_train_start", error="ValueError")
    assert findings(training(learning={"trainer": {"callbacks": [broken]}})) == {}
