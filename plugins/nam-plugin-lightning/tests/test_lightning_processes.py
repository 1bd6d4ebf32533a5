"""A training shared among processes writes and prints once, and its metrics are those of one process."""

from __future__ import annotations

import json

import pytest
from lightning_parts import TinyNet
from test_lightning_signals import finish, result_of, start

from nam_kernel.errors import TrainingError
from nam_plugin_lightning.engine import LightningTrainer
from nam_plugin_lightning.launch import process_count


@pytest.mark.parametrize(
    ("trainer", "count"),
    [
        ({}, 1),
        ({"devices": 2}, 1),
        ({"strategy": "ddp", "devices": 2, "accelerator": "cpu"}, 2),
        ({"strategy": "ddp_find_unused_parameters_true", "devices": [0, 3, 5]}, 3),
        ({"strategy": "ddp", "devices": "0,1"}, 2),
        ({"strategy": "ddp", "accelerator": "cpu"}, 1),
    ],
)
def test_processes_are_counted(job, monkeypatch, trainer, count):
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    asked = job(learning={"trainer": trainer})
    assert process_count(asked) == count
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert process_count(asked) == 1


def test_a_job_that_cannot_be_sent_says_so(job):
    class Local(TinyNet):
        pass

    with pytest.raises(TrainingError, match=r"trainer\.strategy.*Local"):
        LightningTrainer().fit(job(net=Local(), learning={"trainer": {"strategy": "ddp", "devices": 2}}))


@pytest.mark.slow
def test_two_processes_train_one_net(tmp_path):
    loader = {"batch_size": 2, "shuffle": True}
    learning = {"trainer": {"max_epochs": 10, "strategy": "ddp", "devices": 2}, "train_dataloader": loader}
    process = start(tmp_path, learning=learning)
    out, err = finish(process, 120)
    assert process.returncode == 0, err
    assert out == "training\n"
    assert len(err.splitlines()) == 10, err
    result = result_of(tmp_path)
    steps = [progress["step"] for progress in result["history"]]
    assert steps == [2 * (epoch + 1) for epoch in range(10)]
    assert result["metrics"]["ESR"] < 0.9
    assert json.dumps(result).count("NaN") == 0
