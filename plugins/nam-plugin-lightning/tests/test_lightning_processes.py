"""A training shared among processes writes and prints once, and its metrics are those of one process."""

from __future__ import annotations

import json

import pytest
from lightning_parts import Broken, TinyNet, fit
from test_lightning_signals import finish, result_of, start

from nam_kernel import plugins
from nam_kernel.config import RunConfig
from nam_kernel.errors import PluginError, TrainingError
from nam_plugin_lightning import hooks
from nam_plugin_lightning.devices import process_count
from nam_plugin_lightning.launch import Assignment, pack, unpack
from nam_plugin_lightning.settings import completed


@pytest.mark.parametrize(
    ("trainer", "count"),
    [
        ({}, 1),
        ({"devices": 2, "accelerator": "cpu"}, 2),
        ({"devices": "2", "accelerator": "cpu"}, 2),
        ({"devices": [0, 1], "accelerator": "gpu"}, 2),
        ({"devices": "1,", "accelerator": "gpu"}, 1),
        ({"devices": 2, "strategy": "single_device"}, 1),
        ({"devices": 2, "strategy": "ddp_spawn"}, 2),
        ({"devices": -1, "accelerator": "cpu"}, 1),
        ({"strategy": "ddp", "devices": 2, "accelerator": "cpu"}, 2),
        ({"strategy": "ddp_find_unused_parameters_true", "devices": [0, 3, 5]}, 3),
        ({"strategy": "ddp", "devices": "0,1"}, 2),
        ({"strategy": "ddp", "accelerator": "cpu"}, 1),
    ],
)
def test_processes_are_counted(monkeypatch, trainer, count):
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    assert process_count(trainer) == count
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert process_count(trainer) == 1


def test_a_job_that_cannot_be_sent_says_so(training):
    class Local(TinyNet):
        pass

    with pytest.raises(TrainingError, match=r"trainer\.strategy.*Local"):
        fit(training(net=Local(), learning={"trainer": {"strategy": "ddp", "devices": 2}}))


MINE = """
import os
from pathlib import Path

from lightning_parts import TinyNet
from nam_kernel import Net, Trainer, hookimpl
from nam_plugin_lightning.engine import LightningTrainer
from nam_plugin_lightning.module import NamModule


class MyNet(TinyNet):
    pass


class MyModule(NamModule):
    def on_train_start(self):
        folder = Path(self.trainer.default_root_dir)
        (folder / f"mine-{self.trainer.global_rank}").write_text(type(self.net).__name__)


class MyEngine(LightningTrainer):
    def module(self, job, ledger):
        return MyModule(job.net, job.losses, ledger=ledger)


@hookimpl
def nam_trainers():
    return [Trainer(name="mine", target=MyEngine), Trainer(name="net", target=MyNet)]
"""


def mine(extension):
    """The engine and the net of an extension, which can be imported once the plugins are loaded."""
    extension("mine", MINE)
    return (plugins.current().component("trainer", name)[1].target for name in ("mine", "net"))


def test_what_is_sent_arrives_whole_in_a_process_that_has_loaded_nothing(extension, training, forget):
    engine, net = mine(extension)
    asked = training(engine=engine, net=net())
    sent = pack(Assignment(asked.engine, asked.job, asked.directory, resume=True))
    forget()
    arrived = unpack(sent)
    assert type(arrived.engine).__name__ == "MyEngine"
    assert arrived.engine.config == asked.engine.config
    assert type(arrived.job.net).__name__ == "MyNet"
    assert (arrived.directory, arrived.resume) == (asked.directory, True)


def test_what_is_blocked_here_is_blocked_there(extension, training):
    extension("bad", "from nam_kernel import hookimpl\nraise AssertionError('it was run')\n")
    plugins.use(without=["bad"])
    asked = training()
    sent = pack(Assignment(asked.engine, asked.job, asked.directory, resume=False))
    plugins.use(None)
    unpack(sent)
    (plugin,) = (p for p in plugins.current().plugins if p.found.name == "bad")
    assert plugin.state == "blocked"


@pytest.mark.slow
def test_every_process_runs_the_engine_and_the_net_of_the_first(extension, training):
    engine, net = mine(extension)
    learning = {"trainer": {"strategy": "ddp", "devices": 2, "max_epochs": 2}}
    asked = training(engine=engine, net=net(), learning=learning, observe=lambda progress, best: progress.epoch < 1)
    result = fit(asked)
    found = {path.name: path.read_text() for path in asked.directory.glob("mine-*")}
    assert found == {"mine-0": "MyNet", "mine-1": "MyNet"}
    assert (result.epochs, result.stopped) == (1, "stopped on request")


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["ddp", None, "ddp_spawn"])
def test_two_processes_train_one_net(tmp_path, strategy):
    loader = {"batch_size": 2, "shuffle": True}
    trainer = {"max_epochs": 10, "devices": 2, **({} if strategy is None else {"strategy": strategy})}
    learning = {"trainer": trainer, "train_dataloader": loader}
    process = start(tmp_path, learning=learning)
    out, err = finish(process, 120)
    assert process.returncode == 0, err
    assert out == "training\n"
    told = [line.split("  ")[0] for line in err.splitlines()]
    # Only one of the processes shows the progress: no epoch twice.
    assert (told[0], told[-1], len(set(told))) == ("epoch 1/10", "epoch 10/10", len(told)), err
    result = result_of(tmp_path)
    steps = [progress["step"] for progress in result["history"]]
    assert steps == [2 * (epoch + 1) for epoch in range(10)]
    assert result["metrics"]["ESR"] < 0.9
    assert json.dumps(result).count("NaN") == 0


@pytest.mark.slow
@pytest.mark.parametrize("error", ["ValueError", "SystemExit", "StopIteration"])
@pytest.mark.parametrize("item", [2, 3])
def test_a_failure_in_whichever_process_is_told_once_by_the_first(training, capfd, error, item):
    """Without shuffling the first of two processes reads the even items, and the other one the odd ones."""
    learning = {"trainer": {"devices": 2}, "train_dataloader": {"batch_size": 1}}
    with pytest.raises(PluginError, match=rf"the dataset Broken failed at item {item}: {error}"):
        fit(training(train=Broken(error, item=item), learning=learning))
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("given", "strategy"),
    [
        ({"devices": 2, "accelerator": "cpu"}, "ddp"),
        ({"gpus": 2}, "ddp"),
        ({"gpus": [0, 1]}, "ddp"),
        ({"gpus": 1}, "auto"),
        ({"devices": 1}, "auto"),
        ({"devices": 2, "strategy": "ddp_notebook_find_unused_parameters_true"}, "ddp_find_unused_parameters_true"),
        ({"devices": 2, "strategy": "ddp_fork"}, "ddp"),
        ({"devices": 2, "strategy": "single_device"}, "single_device"),
    ],
)
def test_several_devices_are_shared_by_ddp(given, strategy):
    config = RunConfig({}, {}, {"trainer": dict(given)})
    hooks.nam_configure(config)
    assert completed(config.learning["trainer"], ())["strategy"] == strategy
