"""Whatever a component raises is told as its failure: it is named, and nothing ends in silence."""

from __future__ import annotations

import pytest
import torch
from lightning_parts import (
    ERRORS,
    Broken,
    BrokenCallback,
    BrokenLogger,
    BrokenNet,
    Derived,
    Filtered,
    TinyNet,
    Weighing,
    fit,
    mse,
    named,
)

from nam_kernel.errors import DataError, PluginError, TrainingError
from nam_kernel.files import writing_to
from nam_kernel.interfaces import ConcatDataset, WeightedLoss
from nam_plugin_lightning.blame import blamed_on
from nam_plugin_lightning.engine import LightningTrainer
from nam_plugin_lightning.module import NamModule

HOOKS = (
    *("setup", "on_fit_start", "on_train_start", "on_train_epoch_start", "on_train_batch_start", "on_train_batch_end"),
    *("on_validation_start", "on_validation_batch_end", "on_validation_end", "on_train_epoch_end", "on_train_end"),
    *("on_save_checkpoint", "state_dict", "teardown"),
)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("split", ["train", "validation"])
def test_a_dataset_is_named_with_its_item(training, error, split):
    broken = {split: Broken(error, ny=64)}
    with pytest.raises(PluginError, match=rf"dataset Broken failed at item 5: {error}"):
        fit(training(**broken))


@pytest.mark.parametrize("error", ["StopIteration", "SystemExit", "ValueError", "FileNotFoundError"])
def test_a_dataset_is_named_also_from_a_worker(training, error):
    loader = {"batch_size": 4, "num_workers": 1}
    with pytest.raises(PluginError, match=rf"^the dataset Broken failed at item 5: {error}") as raised:
        fit(training(train=Broken(error), learning={"train_dataloader": loader}))
    assert "memory" not in str(raised.value)
    assert "Traceback" in str(raised.value.__cause__)


def test_of_several_datasets_the_broken_one_is_named(training):
    data = ConcatDataset([Filtered(), ConcatDataset([Filtered(items=2), Broken("ValueError", item=1)])])
    with pytest.raises(PluginError, match=r"dataset Broken failed at item 11: ValueError: a bad take"):
        fit(training(train=data, learning={"train_dataloader": {"batch_size": 1}}))


class Gathering(Broken):
    """Data that serves whole batches."""

    def __getitems__(self, indices):
        return [self[index] for index in indices]


def test_a_dataset_that_gathers_batches_is_named(training):
    with pytest.raises(PluginError, match=r"dataset Gathering failed at items .*5.*: StopIteration"):
        fit(training(train=Gathering("StopIteration")))


class WithoutLength(Filtered):
    def __len__(self):
        raise SystemExit(0)


def test_a_dataset_without_a_length_is_named(training):
    with pytest.raises(PluginError, match=r"length of the dataset WithoutLength failed: SystemExit: 0"):
        fit(training(train=WithoutLength()))


class Unreadable(Filtered):
    def __getitem__(self, index):
        raise DataError("take.wav ends in the middle of a sample; record it again")


@pytest.mark.parametrize("workers", [0, 1])
def test_what_a_dataset_says_to_the_user_is_left_as_it_is(training, workers):
    loader = {"batch_size": 4, "num_workers": workers}
    with pytest.raises(DataError, match=r"^take\.wav ends in the middle of a sample; record it again$"):
        fit(training(train=Unreadable(), learning={"train_dataloader": loader}))


class Ragged(Filtered):
    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x[: len(x) - index], y


class Strange(Filtered):
    def __getitem__(self, index):
        return object(), super().__getitem__(index)[1]


@pytest.mark.parametrize(("data", "told"), [(Ragged, "RuntimeError"), (Strange, "object")])
@pytest.mark.parametrize("workers", [0, 1])
def test_items_that_fit_into_no_batch_are_told(training, data, told, workers):
    loader = {"batch_size": 4, "num_workers": workers}
    with pytest.raises(PluginError, match=rf"items of the dataset fit into no batch: .*{told}"):
        fit(training(train=data(), learning={"train_dataloader": loader}))


class Learnable(Filtered):
    """Items that are part of a computation."""

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x * torch.ones((), requires_grad=True), y


@pytest.mark.parametrize("workers", [0, 1])
def test_items_with_a_gradient_are_data_like_any_other(training, workers):
    plain = fit(training("plain"))
    loader = {"batch_size": 4, "shuffle": True, "num_workers": workers}
    result = fit(training("other", train=Learnable(), learning={"train_dataloader": loader}))
    assert torch.equal(result.net.conv.weight, plain.net.conv.weight)


class Full(Filtered):
    def __getitem__(self, index):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")


@pytest.mark.parametrize("workers", [0, 1])
def test_a_lack_of_memory_is_no_ones_failure(training, workers):
    loader = {"batch_size": 4, "num_workers": workers}
    with pytest.raises(TrainingError, match="out of memory; use a smaller"):
        fit(training(train=Full(), learning={"train_dataloader": loader}))


def test_an_error_of_the_systems_out_of_a_dataset_is_not_that_of_the_runs_folder(training):
    asked = training(train=Broken("FileNotFoundError"))
    with pytest.raises(PluginError, match=r"dataset Broken.*take\.wav"), writing_to(asked.directory):
        fit(asked)


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("error", ["StopIteration", "SystemExit", "ValueError"])
def test_a_callback_is_named_whatever_the_hook(training, hook, error):
    broken = named(BrokenCallback, hook=hook, error=error)
    with pytest.raises(PluginError, match=rf"callback BrokenCallback failed: {error}"):
        fit(training(learning={"trainer": {"callbacks": [broken]}}))


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "GeneratorExit", "FileNotFoundError"])
def test_a_callback_is_named_whatever_it_raises(training, error):
    broken = named(BrokenCallback, hook="on_train_batch_end", error=error)
    with pytest.raises(PluginError, match=rf"callback BrokenCallback failed: {error}"):
        fit(training(learning={"trainer": {"callbacks": [broken]}}))


@pytest.mark.parametrize("place", ["experiment", "log_metrics", "save", "finalize"])
@pytest.mark.parametrize("error", ["StopIteration", "SystemExit", "ValueError"])
def test_a_logger_is_named(training, tmp_path, place, error):
    broken = named(BrokenLogger, save_dir=str(tmp_path / "log"), place=place, error=error)
    trainer = {"logger": broken, "log_every_n_steps": 1}
    with pytest.raises(PluginError, match=rf"logger BrokenLogger failed: {error}"):
        fit(training(learning={"trainer": trainer}))


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("in_training", [True, False])
def test_a_net_is_named(training, error, in_training):
    with pytest.raises(PluginError, match=rf"net BrokenNet failed: {error}"):
        fit(training(net=BrokenNet(error, in_training)))


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("weight", [1.0, None])
def test_a_loss_is_named(training, error, weight):
    def broken(preds, targets):
        raise ERRORS[error]

    losses = [WeightedLoss("MSE", mse, 1.0), WeightedLoss("mine", broken, weight)]
    with pytest.raises(PluginError, match=rf"the loss 'mine' failed: {error}"):
        fit(training(losses=losses))


@pytest.mark.parametrize(
    ("value", "told"),
    [(lambda p, t: 1.0, "a float"), (lambda p, t: None, "NoneType"), (lambda p, t: p - t, r"\(4, 64\)")],
)
def test_a_loss_that_is_no_number_is_named(training, value, told):
    with pytest.raises(PluginError, match=rf"the loss 'mine' returned .*{told}"):
        fit(training(losses=[WeightedLoss("mine", value, 1.0)]))


class Short(TinyNet):
    """A net whose output is a sample longer than its receptive field says."""

    def compute(self, x, *conditions):
        return torch.nn.functional.pad(super().compute(x), (0, 1))


def test_a_net_that_returns_another_length_is_named(training):
    with pytest.raises(PluginError, match=r"net Short returned 65 samples for 67, but the target has 64"):
        fit(training(net=Short()))


class Ending(NamModule):
    def validation_step(self, batch, batch_idx):
        raise StopIteration


class EndingOptimizer(NamModule):
    def configure_optimizers(self):
        self.before = super().configure_optimizers()
        self.before.step = self.end
        return self.before

    def end(self, *_, **__):
        raise StopIteration


@pytest.mark.parametrize(
    ("module", "told"),
    [
        (Ending, "module Ending failed: StopIteration"),
        (EndingOptimizer, "training step 1 of epoch 1 was left by a Stop"),
    ],
)
def test_an_end_in_the_middle_of_a_step_is_told(training, module, told):
    class Engine(LightningTrainer):
        def module(self, job, ledger):
            return module(job.net, job.losses, ledger=ledger)

    with pytest.raises(PluginError, match=told):
        fit(training(engine=Engine))


def test_after_the_training_the_callbacks_are_as_they_were(training, monkeypatch):
    kept = []

    class Kept(BrokenCallback):
        def __init__(self):
            kept.append(self)

        def on_train_start(self, trainer, pl_module):
            pass

    monkeypatch.setattr("lightning_parts.BrokenCallback", Kept)
    fit(training(learning={"trainer": {"callbacks": [{"class_path": "lightning_parts.BrokenCallback"}]}}))
    assert [set(vars(callback)) & {"on_train_start", "setup"} for callback in kept] == [set()]


def test_a_full_disk_is_the_disks_failure_and_not_that_of_who_writes():
    for number in (28, 30):
        with pytest.raises(OSError, match="full"), blamed_on("the logger", writes=True):
            raise OSError(number, "full")
        with pytest.raises(PluginError, match="the dataset failed"), blamed_on("the dataset"):
            raise OSError(number, "full")


@pytest.mark.parametrize("engine", [LightningTrainer, Derived])
def test_a_loss_that_is_a_module_goes_to_the_device_and_comes_back(training, engine):
    loss = Weighing()
    result = fit(training(losses=[WeightedLoss("weighing", loss, 1.0)], engine=engine))
    assert loss.devices == [result.device, "cpu"]


class Skipping(NamModule):
    """Skips what is left of an epoch in the way that Lightning offers."""

    def on_train_batch_start(self, batch, batch_idx):
        return -1 if batch_idx else None


def test_a_batch_that_is_skipped_on_purpose_is_no_failure(training):
    class Engine(LightningTrainer):
        def module(self, job, ledger):
            return Skipping(job.net, job.losses, ledger=ledger)

    assert fit(training(engine=Engine)).history == ()
