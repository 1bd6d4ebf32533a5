"""A run that was stopped and resumed is the run that was not, bit for bit."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from lightning_parts import DroppingNet, Filtered, StopAt, TwoFilters, fit, named

from nam_kernel.errors import ModelFileError, TrainingError
from nam_plugin_lightning.checkpoint import read_checkpoint
from nam_plugin_lightning.data import EpochSampler

SCHEDULERS = {
    "none": None,
    "exponential": {"class": "ExponentialLR", "kwargs": {"gamma": 0.7}},
    "plateau": {"class": "ReduceLROnPlateau", "kwargs": {"factor": 0.5, "patience": 0, "threshold": 0.5}},
    "cosine": {"class": "CosineAnnealingLR", "kwargs": {"T_max": 8}, "interval": "step"},
    "one_cycle": {"class": "OneCycleLR", "kwargs": {"max_lr": 0.1, "total_steps": 8}, "interval": "step"},
}


def measured(result):
    """The validations, without the plans: a run may be resumed with another one."""
    return [replace(progress, epochs=None, steps=None) for progress in result.history]


def assert_same(one, other):
    for key, value in one.net.state_dict().items():
        assert torch.equal(value, other.net.state_dict()[key]), key
    last = [read_checkpoint(r.directory / "checkpoints" / "last.ckpt") for r in (one, other)]
    for key, value in last[0]["state_dict"].items():
        assert torch.equal(value, last[1]["state_dict"][key]), key
    assert str(last[0]["optimizer_states"]) == str(last[1]["optimizer_states"])
    assert str(last[0]["lr_schedulers"]) == str(last[1]["lr_schedulers"])
    assert measured(one) == measured(other)
    assert (one.metrics, one.outputs, one.best_epoch, one.epochs) == (
        other.metrics,
        other.outputs,
        other.best_epoch,
        other.epochs,
    )
    assert (one.directory / "metrics.csv").read_text() == (other.directory / "metrics.csv").read_text()


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_two_and_two_epochs_are_four(training, scheduler):
    model = {"lr_scheduler": SCHEDULERS[scheduler], "optimizer": {"lr": 0.3, "amsgrad": True}}
    changes = {"model": model, "net": None}

    def made(directory, epochs, **more):
        learning = {"trainer": {"max_epochs": epochs}}
        return training(directory, **{**changes, "net": DroppingNet(), "learning": learning, **more})

    whole = fit(made("whole", 4))
    fit(made("parts", 2))
    assert_same(whole, fit(made("parts", 4, resume=True)))


@pytest.mark.parametrize(("epoch", "batch"), [(0, 0), (0, 1), (2, 0), (2, 1), (3, 1)])
@pytest.mark.parametrize("interval", [1.0, 0.5])
def test_an_epoch_that_was_cut_short_is_repeated(training, epoch, batch, interval):
    def made(directory, **more):
        trainer = {"max_epochs": 4, "val_check_interval": interval, "callbacks": more.pop("callbacks", None)}
        return training(directory, net=DroppingNet(), learning={"trainer": trainer}, **more)

    whole = fit(made("whole"))
    fit(made("parts", callbacks=[named(StopAt, epoch=epoch, batch=batch)]))
    assert_same(whole, fit(made("parts", resume=True)))


def test_the_bests_of_several_outputs_are_resumed(training):
    def made(directory, epochs, **more):
        learning = {"trainer": {"max_epochs": epochs}}
        model = {"optimizer": {"lr": 0.6}}
        return training(directory, **{"net": TwoFilters(), "model": model, "learning": learning, **more})

    whole = fit(made("whole", 8))
    fit(made("parts", 5))
    assert_same(whole, fit(made("parts", 8, resume=True)))


def test_a_finished_run_resumed_says_what_it_said(training):
    first = fit(training())
    assert_same(first, fit(training(resume=True)))


def test_ckpt_path_goes_on_in_another_folder(training):
    first = fit(training("a", learning={"trainer": {"max_epochs": 2}}))
    last = str(first.directory / "checkpoints" / "last.ckpt")
    whole = fit(training("whole", learning={"trainer": {"max_epochs": 4}}))
    rest = fit(training("b", learning={"trainer": {"max_epochs": 4}, "trainer_fit_kwargs": {"ckpt_path": last}}))
    assert torch.equal(whole.net.conv.weight, rest.net.conv.weight)
    assert rest.epochs == 4


def test_another_optimizer_cannot_go_on(training):
    fit(training(learning={"trainer": {"max_epochs": 1}}))
    with pytest.raises(TrainingError, match="another optimizer"):
        fit(training(model={"lr_scheduler": SCHEDULERS["exponential"]}, resume=True))


def test_another_net_cannot_go_on(training):
    fit(training(learning={"trainer": {"max_epochs": 1}}))
    with pytest.raises(ModelFileError, match="another net"):
        fit(training(net=TwoFilters(), resume=True))


def test_a_damaged_checkpoint_is_named(training):
    result = fit(training(learning={"trainer": {"max_epochs": 1}}))
    last = result.directory / "checkpoints" / "last.ckpt"
    last.write_bytes(last.read_bytes()[:1000])
    with pytest.raises(ModelFileError, match=r"last\.ckpt cannot be read"):
        fit(training(resume=True))


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
