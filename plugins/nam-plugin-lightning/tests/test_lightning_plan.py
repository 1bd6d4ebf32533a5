"""What the engine says before a training: how many steps, on which device, and which data fits into no batch."""

from __future__ import annotations

import pytest
from lightning_parts import Filtered, fit

from nam_kernel import plugins
from nam_kernel.interfaces import ConcatDataset
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.hooks import nam_trainers
from nam_plugin_lightning.plan import device_of, plan_rows, steps_per_epoch


def steps(job, **learning):
    return dict(plan_rows(job, LightningConfig(**learning)))["steps"]


LOADERS = [
    ({}, 8),
    ({"batch_size": 4}, 2),
    ({"batch_size": 3}, 3),
    ({"batch_size": 3, "drop_last": True}, 2),
    ({"batch_size": None}, 8),
]
TRAINERS = [
    ({"limit_train_batches": 3}, 3),
    ({"limit_train_batches": 0.5}, 4),
    ({"limit_train_batches": 100}, 8),
    ({"overfit_batches": 2}, 2),
    ({"fast_dev_run": True}, 1),
    ({"accumulate_grad_batches": 3}, 3),
]


@pytest.mark.parametrize(
    ("loader", "trainer", "count"), [*((x, {}, n) for x, n in LOADERS), *(({}, x, n) for x, n in TRAINERS)]
)
def test_the_steps_of_an_epoch_are_those_that_it_takes(training, loader, trainer, count):
    asked = training(learning={"train_dataloader": loader, "trainer": {"max_epochs": 1, **trainer}})
    assert steps_per_epoch(8, asked.engine.config) == count
    result = fit(asked)
    assert [p.step for p in result.history] == ([count] if result.history else [])


@pytest.mark.parametrize(
    ("trainer", "told"),
    [
        ({"max_epochs": 3}, "2 per epoch, 6 in 3 epochs"),
        ({"max_epochs": 1}, "2 per epoch, 2 in 1 epoch"),
        ({}, "2 per epoch, 200 in 100 epochs, the default"),
        ({"max_epochs": None}, "2 per epoch, 200 in 100 epochs, the default"),
        ({"max_steps": 7}, "2 per epoch, 7 in all"),
        ({"max_steps": 7, "max_epochs": 100}, "2 per epoch, 7 in 100 epochs"),
        ({"max_steps": -1}, "2 per epoch, 200 in 100 epochs, the default"),
        ({"max_time": "00:01:00:00"}, "2 per epoch, for 00:01:00:00 at most"),
        ({"max_epochs": -1}, "2 per epoch, without an end"),
        ({"devices": 2, "accelerator": "cpu", "max_epochs": 1}, "1 per epoch, 1 in 1 epoch"),
        ({"strategy": "ddp", "devices": 2, "accelerator": "cpu", "max_epochs": 1}, "1 per epoch, 1 in 1 epoch"),
    ],
)
def test_the_steps_are_told_with_what_limits_them(training, trainer, told):
    assert steps(training().job, train_dataloader={"batch_size": 4}, trainer=trainer) == told


@pytest.mark.parametrize("limit", [{"max_steps": 3}, {"max_epochs": None, "max_steps": 3}])
def test_steps_alone_limit_a_training(training, limit):
    asked = training(learning={"trainer": {"max_epochs": None, **limit}})
    assert fit(asked).history[-1].steps == 3


@pytest.mark.parametrize(
    ("trainer", "cuda", "told"),
    [
        ({}, False, "cpu"),
        ({}, True, "cuda"),
        ({"accelerator": "cpu"}, True, "cpu"),
        ({"accelerator": "gpu", "devices": [1]}, True, "cuda:1"),
        ({"accelerator": "gpu", "strategy": "ddp", "devices": 2}, True, "cuda, 2 processes"),
        ({"accelerator": "gpu", "devices": 2}, True, "cuda, 2 processes"),
        ({"precision": "16-mixed"}, True, "cuda, precision 16-mixed"),
    ],
)
def test_the_device_is_told_without_use_of_it(monkeypatch, trainer, cuda, told):
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    monkeypatch.setattr("torch.cuda.is_available", lambda: cuda)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    assert device_of(trainer) == told


def findings(asked):
    return [(f.severity, str(f)) for f in asked.engine.findings(asked.job)]


def test_good_data_has_no_findings(training):
    assert findings(training()) == []


RAGGED = (
    "the recordings give items of different lengths (32, 64 samples), which fit into no batch; "
    "give all of them one ny, or a batch_size of 1"
)


@pytest.mark.parametrize("split", ["train", "validation"])
def test_items_of_different_lengths_fit_into_no_batch(training, split):
    ragged = ConcatDataset([Filtered(ny=64), Filtered(ny=32)])
    loaders = {"train_dataloader": {"batch_size": 4}, "val_dataloader": {"batch_size": 2}}
    assert findings(training(learning=loaders, **{split: ragged})) == [("error", f"{split}: {RAGGED}")]
    loaders = {"train_dataloader": {"batch_size": 1}, "val_dataloader": {}}
    assert findings(training(learning=loaders, **{split: ragged})) == []


def test_batches_that_are_never_full_are_found(training):
    loader = {"batch_size": 16, "drop_last": True}
    ((severity, told),) = findings(training(learning={"train_dataloader": loader}))
    assert severity == "error"
    assert "8 items" in told
    assert "batch of 16" in told
    assert "smaller batch_size" in told


def test_the_engine_is_the_one_that_is_used_by_default():
    (record,) = nam_trainers()
    assert record.default
    assert plugins.current().resolve(record.config, "") is LightningConfig
    assert plugins.current().resolve(record.target, "").measures == ("MSE", "ESR")
