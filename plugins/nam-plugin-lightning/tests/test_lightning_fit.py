"""A training learns, keeps its best model, and reports what it did."""

from __future__ import annotations

import csv
import warnings

import pytest
import torch
from lightning_parts import Filtered, TinyNet, TwoFilters, fit, mse

from nam_kernel.errors import DataError
from nam_kernel.interfaces import WeightedLoss
from nam_plugin_lightning.checkpoint import read_checkpoint
from nam_plugin_lightning.data import free_memory, served_from

QUICK = {"optimizer": {"lr": 0.15}, "lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gamma": 0.9}}}
TAPS = torch.tensor(Filtered.TAPS)


def test_training_learns_a_known_filter(training):
    result = fit(training(model=QUICK, learning={"trainer": {"max_epochs": 20}}))
    assert result.metrics["ESR"] < 1e-3
    assert torch.allclose(result.net.conv.weight.flatten(), TAPS, atol=0.05)
    assert not result.net.training
    assert len(result.history) == result.epochs == 20
    assert result.interrupted is None
    assert result.stopped is None


def test_better_validations_come_with_their_net_and_the_best_is_the_result(training):
    seen = []

    def observe(progress, best):
        assert progress.best == (best is not None)
        if best is not None:
            assert not best.training
            assert not torch.is_grad_enabled()
            seen.append((progress.metrics["ESR"], best.conv.weight.detach().clone()))
        return True

    result = fit(training(model={"optimizer": {"lr": 0.6}}, learning={"trainer": {"max_epochs": 12}}, observe=observe))
    told = [esr for esr, _ in seen]
    assert told == sorted(told, reverse=True)
    assert told[0] == result.history[0].metrics["ESR"]
    assert 1 < len(told) < 12
    assert told[-1] == min(p.metrics["ESR"] for p in result.history) == result.metrics["ESR"]
    assert torch.equal(result.net.conv.weight, seen[-1][1])
    saved = read_checkpoint(result.directory / "checkpoints" / "best.ckpt")["state_dict"]
    assert torch.equal(saved["net.conv.weight"], seen[-1][1])


def test_esr_of_silence_is_one_however_the_validation_is_cut(training):
    silent = {"model": {"optimizer": {"lr": 1e-12}}, "learning": {"trainer": {"max_epochs": 1}}}
    whole = Filtered(items=1, ny=256, seed=2)
    pieces = Filtered(items=4, ny=64, seed=2)
    a = fit(training("a", validation=whole, **silent))
    b = fit(training("b", validation=pieces, **silent))
    assert a.metrics["ESR"] == pytest.approx(1.0, abs=1e-6)
    assert b.metrics["ESR"] == pytest.approx(1.0, abs=1e-6)
    assert a.metrics["MSE"] == pytest.approx(float(whole.y.square().mean()), rel=1e-6)


def test_esr_is_the_ratio_of_sums_and_a_loss_term_the_mean_of_items(training):
    """Two items whose targets have energies 1 and 100, each predicted as silence but for its first sample."""

    def ratio(preds, targets):
        return ((preds - targets).square().sum(-1) / targets.square().sum(-1)).mean()

    validation = Filtered(items=2, ny=8, seed=3)
    validation.x = torch.zeros_like(validation.x)
    validation.y = torch.cat((torch.full((8,), 1.0), torch.full((8,), 10.0)))
    net = TinyNet()
    net.conv.weight.requires_grad_(False)
    net.offset = torch.nn.Parameter(torch.tensor(1.0))
    changes = {"learning": {"trainer": {"max_epochs": 1}}, "model": {"optimizer": {"lr": 1e-12}}}
    result = fit(
        training(net=net, validation=validation, losses=[WeightedLoss("ratio", ratio, 1.0)], val_loss="ESR", **changes)
    )
    # Predictions are 1.0 everywhere: errors 0 and 9 per sample.
    assert result.metrics["ESR"] == pytest.approx((0 + 8 * 81) / (8 + 800), rel=1e-5)
    assert result.metrics["ratio"] == pytest.approx((0 + 81 / 100) / 2, rel=1e-5)


def test_masked_samples_count_neither_in_training_nor_in_validation(training):
    def spoiled(**kwargs):
        data = Filtered(**kwargs)
        for item in range(len(data)):
            data.y[item * data.ny : item * data.ny + 10] = 100.0
        return data

    result = fit(
        training(
            train=spoiled(),
            validation=spoiled(items=1, ny=256, seed=2),
            mask_first=10,
            model=QUICK,
            learning={"trainer": {"max_epochs": 20}},
        )
    )
    assert result.metrics["ESR"] < 1e-3


def test_the_named_metric_decides(training):
    changes = {"model": {"optimizer": {"lr": 0.6}}, "learning": {"trainer": {"max_epochs": 8}}}
    losses = [WeightedLoss("MSE", mse, 1.0), WeightedLoss("backwards", lambda p, t: 1 / (1 + mse(p, t)), None)]
    result = fit(training(losses=losses, val_loss="backwards", **changes))
    worst = max(p.metrics["MSE"] for p in result.history)
    assert result.metrics["MSE"] == worst
    assert result.metrics["val_loss"] == result.metrics["backwards"]


def test_every_output_keeps_its_own_best(training):
    result = fit(training(net=TwoFilters(), model={"optimizer": {"lr": 0.6}}, learning={"trainer": {"max_epochs": 10}}))
    assert set(result.outputs) == {"small", "large"}
    for name, metrics in result.outputs.items():
        assert metrics["ESR"] == min(p.outputs[name]["ESR"] for p in result.history)
    epochs = {n: min(result.history, key=lambda p, n=n: p.outputs[n]["ESR"]).epoch for n in result.outputs}
    assert epochs["small"] != epochs["large"]
    validation = Filtered(items=1, ny=256, seed=2)
    with torch.no_grad():
        preds = result.net(validation.x[None], pad_start=False)[0]
    energy = validation.y.square().sum()
    for index, name in enumerate(("small", "large")):
        esr = float((preds[index] - validation.y).square().sum() / energy)
        assert esr == pytest.approx(result.outputs[name]["ESR"], rel=1e-4)


def test_without_validation_the_last_state_is_the_result(training):
    kept = []

    def observe(progress, best):
        kept.append((progress.epoch, best.conv.weight.clone()))
        return True

    result = fit(training(validation=None, observe=observe))
    assert [epoch for epoch, _ in kept] == [1, 2, 3]
    assert torch.equal(result.net.conv.weight, kept[-1][1])
    assert result.metrics == {}
    assert result.history == ()
    assert result.best_epoch == 3


def test_nothing_to_train_on_is_the_users_error(training):
    with pytest.raises(DataError, match=r"8 items .* batch of 16"):
        fit(training(learning={"train_dataloader": {"batch_size": 16, "drop_last": True}}))


def test_a_silent_validation_is_the_users_error(training):
    validation = Filtered(items=1, ny=64)
    validation.y = torch.zeros_like(validation.y)
    with pytest.raises(DataError, match="silent"):
        fit(training(validation=validation))


def test_metrics_csv_has_one_row_a_validation(training):
    result = fit(training(learning={"trainer": {"max_epochs": 3, "val_check_interval": 0.5}}))
    with (result.directory / "metrics.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == [1, 1, 2, 2, 3, 3]
    assert [int(row["step"]) for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [float(row["ESR"]) for row in rows] == [p.metrics["ESR"] for p in result.history]
    assert all(float(row["lr"]) == 0.05 and float(row["train_loss"]) > 0 for row in rows)


def test_validations_can_be_rarer_than_epochs(training):
    result = fit(training(learning={"trainer": {"max_epochs": 5, "check_val_every_n_epoch": 2}}))
    assert [p.epoch for p in result.history] == [2, 4]


def test_a_log_gets_a_line_for_the_first_and_for_the_last_validation_within_a_minute(training, capfd):
    result = fit(training(learning={"trainer": {"max_epochs": 4}}))
    out, err = capfd.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert [line.split("  ")[:2] for line in lines] == [["epoch 1/4", "25 %"], ["epoch 4/4", "100 %"]]
    assert all(word in lines[-1] for word in ("steps/s", "left", "loss", "ESR", "best"))
    log = (result.directory / "training.log").read_text(encoding="utf-8")
    assert all(f"epoch {number}/4" in log for number in (1, 2, 3, 4))


def test_with_json_the_engine_leaves_the_screen_to_others(training, capfd):
    asked = training(learning={"trainer": {"max_epochs": 2, "enable_progress_bar": True}})
    asked.engine.style = "json"
    result = fit(asked)
    assert capfd.readouterr() == ("", "")
    assert "epoch 2/2" in (result.directory / "training.log").read_text(encoding="utf-8")


def test_progress_is_told_after_every_validation_with_what_is_planned(training):
    seen = []

    def observe(progress, best):
        seen.append(progress)
        return True

    result = fit(training(learning={"trainer": {"max_epochs": 3, "val_check_interval": 0.5}}, observe=observe))
    assert [(p.epoch, p.step) for p in seen] == [(1, 1), (1, 2), (2, 3), (2, 4), (3, 5), (3, 6)]
    assert {(p.epochs, p.steps) for p in seen} == {(3, 6)}
    assert tuple(seen) == result.history
    lowest = [min(q.metrics["ESR"] for q in seen[: i + 1]) for i in range(6)]
    assert [p.best for p in seen] == [p.metrics["ESR"] == low for p, low in zip(seen, lowest, strict=True)]
    assert result.best_epoch == max(p.epoch for p in seen if p.best)


def test_a_training_without_an_end_plans_none(training):
    seen = []

    def observe(progress, best):
        seen.append((progress.epochs, progress.steps))
        return len(seen) < 2

    fit(training(learning={"trainer": {"max_epochs": -1}}, observe=observe))
    assert seen == [(None, None)] * 2


@pytest.mark.parametrize("validation", [True, False])
def test_an_observer_ends_the_training(training, validation):
    epochs = []

    def observe(progress, best):
        epochs.append(progress.epoch)
        return progress.epoch < 4

    changes = {} if validation else {"validation": None}
    result = fit(training(learning={"trainer": {"max_epochs": 50}}, observe=observe, **changes))
    assert epochs == [1, 2, 3, 4]
    assert result.epochs == 4
    assert result.stopped == "stopped on request"
    assert result.interrupted is None


def test_a_loss_that_asks_for_the_batch_gets_all_of_it(training):
    seen = []

    def loss(preds, targets, batch):
        seen.append((preds.shape, targets.shape, batch.x.shape, batch.conditions, batch.y.shape))
        return mse(preds, targets)

    terms = [WeightedLoss("asking", loss, 1.0)]
    fit(training(net=TwoFilters(), losses=terms, mask_first=10, learning={"trainer": {"max_epochs": 1}}))
    # Two batches of 4 items and a validation of 1, each of the two outputs by itself.
    assert seen[:4] == [((4, 54), (4, 54), (4, 67), (), (4, 64))] * 4
    assert seen[4:] == [((1, 246), (1, 246), (1, 259), (), (1, 256))] * 2


def test_target_esr_ends_the_training(training):
    result = fit(training(learning={"trainer": {"max_epochs": 200}, "target_esr": 0.05}))
    assert result.metrics["ESR"] <= 0.05
    assert result.epochs < 200
    assert "target" in result.stopped
    assert all(p.metrics["ESR"] > 0.05 for p in result.history[:-1])


def test_patience_ends_the_training(training):
    frozen = {"optimizer": {"class": "SGD", "lr": 1e-30}}
    result = fit(training(model=frozen, learning={"trainer": {"max_epochs": 50}, "patience": 4}))
    assert result.epochs == 5
    assert "4 validations" in result.stopped


def test_start_weights_come_from_a_checkpoint(training):
    first = fit(training("a", learning={"trainer": {"max_epochs": 5}}))
    checkpoint = first.directory / "checkpoints" / "best.ckpt"
    second = fit(
        training(
            "b",
            model={"checkpoint_path": str(checkpoint), "optimizer": {"lr": 1e-12}},
            learning={"trainer": {"max_epochs": 1}},
        )
    )
    assert second.metrics["ESR"] == pytest.approx(first.metrics["ESR"], rel=1e-3)


def test_tensorboard_gets_what_is_logged_where_it_is_installed(training):
    pytest.importorskip("tensorboard")
    result = fit(training(learning={"trainer": {"max_epochs": 1, "logger": True}}))
    assert list((result.directory / "tensorboard").glob("events.*"))


def test_the_frameworks_noise_goes_to_the_log(training, capfd):
    def talkative(preds, targets):
        warnings.warn("a word of warning", stacklevel=1)
        return mse(preds, targets)

    result = fit(training(losses=[WeightedLoss("talkative", talkative, 1.0)]))
    assert all(line.startswith("epoch ") for line in capfd.readouterr().err.splitlines())
    log = (result.directory / "training.log").read_text(encoding="utf-8")
    assert "a word of warning" in log
    assert "GPU available" in log


class OnDevice:
    """A dataset that remembers where it was told to serve from."""

    nbytes = 1000

    def __init__(self):
        self.places = []

    def serve_from(self, device):
        self.places.append(device.type)


@pytest.mark.parametrize(
    ("free", "options", "places"),
    [
        (2001, {"pin_memory": True}, ["meta", "cpu"]),
        (1999, {"pin_memory": True}, []),
        (10**9, {"num_workers": 1}, []),
        (0, {}, []),
    ],
)
def test_data_that_fits_on_the_device_is_served_from_there_and_comes_back(monkeypatch, free, options, places):
    monkeypatch.setattr("nam_plugin_lightning.data.free_memory", lambda device: free)
    dataset = OnDevice()
    with served_from(torch.device("meta"), (dataset, options), (None, {})) as (train, validation):
        assert dataset.places == places[:1]
        assert ("pin_memory" in train) == (not places and "pin_memory" in options)
        assert validation == {}
    assert dataset.places == places


def test_nothing_is_gained_by_moving_data_within_the_cpus_memory():
    assert free_memory(torch.device("cpu")) == 0
