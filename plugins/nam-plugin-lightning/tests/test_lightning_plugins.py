"""What other plugins bring into a training: callbacks, engines derived from this one, and faster ways to run a net."""

from __future__ import annotations

import inspect
import pickle
import textwrap

import pytest
import torch
from lightning_parts import FORWARDS, LENGTHS, PICKLED, CountEpochs, Derived, fit, named

from nam_kernel import plugins
from nam_kernel.errors import PluginError
from nam_plugin_lightning import hookspecs
from nam_plugin_lightning.checkpoint import read_checkpoint
from nam_plugin_lightning.engine import LightningTrainer

BRINGS_CALLBACKS = """
from nam_kernel import hookimpl

@hookimpl(optionalhook=True)
def nam_lightning_callbacks(job, config):
    from lightning_parts import CountEpochs
    assert job.seed == 7
    return [CountEpochs()] * config.trainer["max_epochs"]
"""


@pytest.fixture(autouse=True)
def counted_from_zero():
    CountEpochs.count = 0
    FORWARDS.clear()
    PICKLED.clear()


def test_callbacks_of_plugins_are_called(extension, training):
    extension("counting", BRINGS_CALLBACKS)
    fit(training())
    assert CountEpochs.count == 9


@pytest.mark.parametrize("engine", [LightningTrainer, Derived])
def test_callbacks_of_the_config_are_called_whatever_the_engine(training, engine):
    fit(training(engine=engine, learning={"trainer": {"callbacks": [named(CountEpochs)]}}))
    assert CountEpochs.count == 3


def test_callbacks_of_plugins_and_of_the_config_are_called_together(extension, training):
    extension("counting", BRINGS_CALLBACKS)
    at_once = {"monitor": "ESR", "stopping_threshold": 100.0}
    spec = {"class_path": "pytorch_lightning.callbacks.EarlyStopping", "init_args": at_once}
    result = fit(training(learning={"trainer": {"callbacks": [spec]}}))
    assert result.epochs == 1
    assert CountEpochs.count == 3


@pytest.mark.parametrize(
    ("answer", "told"), [("[3]", "not a list of pytorch_lightning.Callback"), ("1 / 0", "ZeroDivisionError")]
)
def test_a_plugin_that_returns_no_callbacks_is_named(extension, training, answer, told):
    hook = "@hookimpl(optionalhook=True)\ndef nam_lightning_callbacks():\n    return " + answer
    extension("broken", f"from nam_kernel import hookimpl\n\n{hook}\n")
    with pytest.raises(PluginError, match=rf"broken.*{told}"):
        fit(training())


def test_the_example_of_the_hook_is_a_whole_plugin(extension, training):
    example = inspect.getdoc(hookspecs.nam_lightning_callbacks).partition("Example::")[2]
    extension("example", textwrap.dedent(example))
    assert [title for title, _ in plugins.current().each("nam_lightning_callbacks") if "example" in title]
    frozen = {"optimizer": {"class": "SGD", "lr": 1e-30}}
    result = fit(training(model=frozen, learning={"trainer": {"max_epochs": 50}}))
    assert result.epochs == 21


ACCELERATES = """
import pickle

import pytorch_lightning as pl
import torch
from nam_kernel import hookimpl

from lightning_parts import FORWARDS, PICKLED


class Fast(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net
        self.unpicklable = lambda: None

    def forward(self, x, *conditions, pad_start=None):
        FORWARDS.append((tuple(x.shape), torch.is_grad_enabled()))
        return self.net(x, *conditions, pad_start=pad_start)


class Look(pl.Callback):
    def on_train_start(self, trainer, pl_module):
        PICKLED.append((list(pl_module.state_dict()), pickle.dumps(pl_module)))


@hookimpl
def nam_accelerate(net, device):
    return Fast(net)


@hookimpl(optionalhook=True)
def nam_lightning_callbacks():
    return [Look()]
"""


def test_an_accelerator_runs_training_and_validation(extension, training):
    plain = fit(training("plain", learning={"trainer": {"max_epochs": 1}}))
    extension("fast", ACCELERATES)
    result = fit(training("fast", learning={"trainer": {"max_epochs": 1}}))
    compared, *calls = FORWARDS
    assert compared[0][0] == 2
    assert calls == [((4, 67), True), ((4, 67), True), ((1, 259), False)]
    assert torch.equal(result.net.conv.weight, plain.net.conv.weight)


def test_an_accelerator_is_no_part_of_the_module(extension, training):
    extension("fast", ACCELERATES)
    result = fit(training(learning={"trainer": {"max_epochs": 1}}))
    ((keys, pickled),) = PICKLED
    assert keys == ["net.conv.weight"]
    assert list(pickle.loads(pickled).state_dict()) == keys
    saved = read_checkpoint(result.directory / "checkpoints" / "best.ckpt")
    assert list(saved["state_dict"]) == ["net.conv.weight"]


def test_only_a_training_in_32_bits_is_accelerated(extension, training):
    extension("fast", ACCELERATES)
    fit(training(learning={"trainer": {"max_epochs": 1, "precision": "bf16-mixed"}}))
    assert FORWARDS == []


BRINGS_OPTIMIZERS = """
import torch
from nam_kernel import hookimpl
from lightning_parts import LENGTHS


class Half(torch.optim.SGD):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, lr=lr / 2)


class Told(torch.optim.lr_scheduler.LRScheduler):
    def __init__(self, optimizer, total_steps, last_epoch=-1):
        self.total_steps = total_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        LENGTHS.append((self.last_epoch, self.total_steps))
        return self.base_lrs


@hookimpl(optionalhook=True)
def nam_lightning_optimizers():
    return {"Half": Half, "Told": Told}
"""


def test_optimizers_and_schedulers_of_plugins_are_named_as_those_of_torch(extension, training):
    extension("halving", BRINGS_OPTIMIZERS)
    half = fit(training("half", model={"optimizer": {"class": "Half", "lr": 0.02}}))
    torchs = fit(training("torch", model={"optimizer": {"class": "SGD", "lr": 0.01}}))
    assert torch.equal(half.net.conv.weight, torchs.net.conv.weight)


def test_a_scheduler_that_needs_it_gets_the_length_of_the_training_and_steps_with_the_optimizer(extension, training):
    extension("halving", BRINGS_OPTIMIZERS)
    LENGTHS.clear()
    fit(training(model={"lr_scheduler": {"class": "Told"}}))
    steps = 3 * 2  # 8 items in batches of 4
    assert [step for step, length in LENGTHS if length == steps][-1] == steps
    resumed = training(model={"lr_scheduler": {"class": "Told"}}, resume=True)
    resumed.engine = resumed.engine.with_epochs(5)
    LENGTHS.clear()
    fit(resumed)
    assert LENGTHS[-1] == (10, 10)


def test_torchs_own_scheduler_of_one_cycle_needs_no_length_either(training):
    cycle = {"class": "OneCycleLR", "kwargs": {"max_lr": 0.01}}
    asked = training(model={"lr_scheduler": cycle})
    assert [f for f in asked.engine.findings(asked.job) if f.severity == "error"] == []
    assert fit(asked).epochs == 3
    again = training(model={"lr_scheduler": cycle}, resume=True)
    again.engine = again.engine.with_epochs(6)
    assert fit(again).epochs == 6


def test_a_length_in_the_config_is_the_users(training):
    cycle = {"class": "OneCycleLR", "kwargs": {"max_lr": 0.01, "total_steps": 2}, "interval": "step"}
    asked = training(model={"lr_scheduler": cycle})
    assert "it ends after 2 steps" in " ".join(f.text for f in asked.engine.findings(asked.job))


@pytest.mark.parametrize(
    ("answer", "told"), [("[3]", "not a dictionary"), ("{'A': 3}", "not a dictionary"), ("1 / 0", "ZeroDivisionError")]
)
def test_a_plugin_that_returns_no_optimizers_is_named(extension, training, answer, told):
    hook = "@hookimpl(optionalhook=True)\ndef nam_lightning_optimizers():\n    return " + answer
    extension("broken", f"from nam_kernel import hookimpl\n\n{hook}\n")
    with pytest.raises(PluginError, match=rf"broken.*{told}"):
        fit(training())
