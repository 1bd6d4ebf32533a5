"""A run that was stopped and resumed is the run that was not, bit for bit."""

from __future__ import annotations

import pytest
import pytorch_lightning as pl
import torch
from lightning_parts import DroppingNet, Filtered, TwoFilters

from nam_kernel.errors import ModelFileError, TrainingError
from nam_plugin_lightning.callbacks.signals import Stopped
from nam_plugin_lightning.checkpoint import read_checkpoint
from nam_plugin_lightning.data import EpochSampler
from nam_plugin_lightning.engine import LightningTrainer

SCHEDULERS = {
    "none": None,
    "exponential": {"class": "ExponentialLR", "kwargs": {"gamma": 0.7}},
    "plateau": {"class": "ReduceLROnPlateau", "kwargs": {"factor": 0.5, "patience": 0, "threshold": 0.5}},
    "cosine": {"class": "CosineAnnealingLR", "kwargs": {"T_max": 8}, "interval": "step"},
    "one_cycle": {"class": "OneCycleLR", "kwargs": {"max_lr": 0.1, "total_steps": 8}, "interval": "step"},
}


def fit(job):
    return LightningTrainer().fit(job)


class StopAt(pl.Callback):
    """Ends the training as a signal would, before a batch of an epoch."""

    def __init__(self, epoch: int, batch: int) -> None:
        self.at = (epoch, batch)

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        if (trainer.current_epoch, batch_idx) == self.at:
            raise Stopped(2)


def assert_same(one, other):
    for key, value in one.net.state_dict().items():
        assert torch.equal(value, other.net.state_dict()[key]), key
    last = [read_checkpoint(r.directory / "checkpoints" / "last.ckpt") for r in (one, other)]
    for key, value in last[0]["state_dict"].items():
        assert torch.equal(value, last[1]["state_dict"][key]), key
    assert str(last[0]["optimizer_states"]) == str(last[1]["optimizer_states"])
    assert str(last[0]["lr_schedulers"]) == str(last[1]["lr_schedulers"])
    assert one.history == other.history
    assert (one.metrics, one.outputs, one.best_epoch, one.epochs) == (
        other.metrics,
        other.outputs,
        other.best_epoch,
        other.epochs,
    )
    assert (one.directory / "metrics.csv").read_text() == (other.directory / "metrics.csv").read_text()


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_two_and_two_epochs_are_four(job, scheduler):
    model = {"lr_scheduler": SCHEDULERS[scheduler], "optimizer": {"lr": 0.3, "amsgrad": True}}
    changes = {"model": model, "net": None}

    def made(directory, epochs, **more):
        learning = {"trainer": {"max_epochs": epochs}}
        return job(directory, **{**changes, "net": DroppingNet(), "learning": learning, **more})

    whole = fit(made("whole", 4))
    fit(made("parts", 2))
    assert_same(whole, fit(made("parts", 4, resume=True)))


@pytest.mark.parametrize(("epoch", "batch"), [(0, 0), (0, 1), (2, 0), (2, 1), (3, 1)])
@pytest.mark.parametrize("interval", [1.0, 0.5])
def test_an_epoch_that_was_cut_short_is_repeated(job, epoch, batch, interval):
    def made(directory, **more):
        learning = {"trainer": {"max_epochs": 4, "val_check_interval": interval}}
        return job(directory, **{"net": DroppingNet(), "learning": learning, **more})

    whole = fit(made("whole"))
    fit(made("parts", callbacks=[StopAt(epoch, batch)]))
    assert_same(whole, fit(made("parts", resume=True)))


def test_the_bests_of_several_outputs_are_resumed(job):
    def made(directory, epochs, **more):
        learning = {"trainer": {"max_epochs": epochs}}
        model = {"optimizer": {"lr": 0.6}}
        return job(directory, **{"net": TwoFilters(), "model": model, "learning": learning, **more})

    whole = fit(made("whole", 8))
    fit(made("parts", 5))
    assert_same(whole, fit(made("parts", 8, resume=True)))


def test_a_finished_run_resumed_says_what_it_said(job):
    first = fit(job())
    assert_same(first, fit(job(resume=True)))


def test_ckpt_path_goes_on_in_another_folder(job):
    first = fit(job("a", learning={"trainer": {"max_epochs": 2}}))
    last = str(first.directory / "checkpoints" / "last.ckpt")
    whole = fit(job("whole", learning={"trainer": {"max_epochs": 4}}))
    rest = fit(job("b", learning={"trainer": {"max_epochs": 4}, "trainer_fit_kwargs": {"ckpt_path": last}}))
    assert torch.equal(whole.net.conv.weight, rest.net.conv.weight)
    assert rest.epochs == 4


def test_another_optimizer_cannot_go_on(job):
    fit(job(learning={"trainer": {"max_epochs": 1}}))
    with pytest.raises(TrainingError, match="another optimizer"):
        fit(job(model={"lr_scheduler": SCHEDULERS["exponential"]}, resume=True))


def test_another_net_cannot_go_on(job):
    fit(job(learning={"trainer": {"max_epochs": 1}}))
    with pytest.raises(ModelFileError, match="another net"):
        fit(job(net=TwoFilters(), resume=True))


def test_a_damaged_checkpoint_is_named(job):
    result = fit(job(learning={"trainer": {"max_epochs": 1}}))
    last = result.directory / "checkpoints" / "last.ckpt"
    last.write_bytes(last.read_bytes()[:1000])
    with pytest.raises(ModelFileError, match=r"last\.ckpt cannot be read"):
        fit(job(resume=True))


def test_the_order_is_a_function_of_seed_and_epoch():
    def order(seed, epoch):
        return list(EpochSampler(range(50), seed=seed, shuffle=True, epoch=epoch))

    assert order(1, 3) == order(1, 3)
    assert sorted(order(1, 3)) == list(range(50))
    assert len({tuple(order(s, e)) for s in range(5) for e in range(5)}) == 25


@pytest.mark.parametrize("items", [1, 7, 8])
def test_processes_share_the_items_evenly(items):
    shares = [
        list(EpochSampler(Filtered(items=items), seed=0, shuffle=True, rank=rank, replicas=3)) for rank in range(3)
    ]
    assert len({len(share) for share in shares}) == 1
    assert {i for share in shares for i in share} == set(range(items))
