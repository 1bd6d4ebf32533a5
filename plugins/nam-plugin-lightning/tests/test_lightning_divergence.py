"""A training that goes wrong is noticed, and its best model is kept."""

from __future__ import annotations

import math

import pytest
import torch
from lightning_parts import fit, mse

from nam_kernel.errors import ConfigError, TrainingError
from nam_kernel.interfaces import WeightedLoss
from nam_plugin_lightning.failures import explained


class TurnsBad:
    """The squared error until so many training steps were made, and then ``value`` times it."""

    def __init__(self, after: int, value: float, until: int = 10**9) -> None:
        self.after, self.until, self.value, self.calls = after, until, value, 0

    def __call__(self, preds, targets):
        self.calls += preds.requires_grad
        bad = self.after < self.calls <= self.until
        return mse(preds, targets) * (self.value if bad and preds.requires_grad else 1.0)


def test_a_loss_that_is_no_number_ends_the_training_with_the_best_model(training):
    loss = WeightedLoss("turns", TurnsBad(after=20, value=math.nan), 1.0)
    result = fit(training(losses=[loss], learning={"trainer": {"max_epochs": 50}}))
    assert "epoch 11" in result.stopped
    assert "NaN or infinite" in result.stopped
    assert "lower optimizer.lr" in result.stopped
    assert result.epochs < 15
    assert math.isfinite(result.metrics["ESR"])
    assert torch.isfinite(result.net.conv.weight).all()


def test_a_loss_that_rises_for_good_ends_the_training(training):
    loss = WeightedLoss("turns", TurnsBad(after=20, value=-1.0), 1.0)
    result = fit(training(losses=[loss], model={"optimizer": {"lr": 0.2}}, learning={"trainer": {"max_epochs": 200}}))
    assert "10 times its best for 5 validations" in result.stopped
    assert result.epochs < 200
    assert result.metrics["ESR"] == min(p.metrics["ESR"] for p in result.history)


def test_back_off_returns_to_the_best_and_goes_slower(training):
    bad = TurnsBad(after=20, value=math.nan, until=21)
    learning = {"trainer": {"max_epochs": 30}, "on_divergence": "back_off"}
    result = fit(training(losses=[WeightedLoss("turns", bad, 1.0)], learning=learning))
    assert result.stopped is None
    assert result.epochs == 30
    rows = (result.directory / "metrics.csv").read_text().splitlines()
    column = rows[0].split(",").index("lr")
    rates = [float(row.split(",")[column]) for row in rows[1:]]
    assert rates[0] == 0.05
    assert rates[-1] == pytest.approx(0.015)
    assert result.metrics["ESR"] < 0.1


def test_back_off_gives_up_at_last(training):
    loss = WeightedLoss("turns", TurnsBad(after=20, value=math.nan), 1.0)
    learning = {"trainer": {"max_epochs": 50}, "on_divergence": "back_off"}
    result = fit(training(losses=[loss], learning=learning))
    assert "3 returns" in result.stopped
    assert math.isfinite(result.metrics["ESR"])


def test_a_training_that_diverges_at_once_fails(training):
    loss = WeightedLoss("turns", TurnsBad(after=0, value=math.nan), 1.0)
    with pytest.raises(TrainingError, match="before any validation"):
        fit(training(losses=[loss]))


@pytest.mark.parametrize(
    "error",
    [
        torch.cuda.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail] can't allocate memory: 9 bytes"),
        MemoryError(),
    ],
)
def test_a_lack_of_memory_says_what_to_do(training, error):
    def failing(preds, targets):
        raise error

    with pytest.raises(TrainingError, match=r"smaller train_dataloader\.batch_size, a smaller ny"):
        fit(training(losses=[WeightedLoss("failing", failing, 1.0)]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("DataLoader worker (pid 7) is killed by signal: Killed. ", "usually the machine ran out of memory: use fewer"),
        ("DataLoader worker (pid(s) 7) exited unexpectedly", "its own message is above, else use fewer num_workers"),
        ("DataLoader timed out after 5 seconds", "took too long .*raise the timeout, or use fewer num_workers"),
        ("unable to open shared memory object </torch_1>", "ran out of memory"),
        (
            "start a new process before the current process has finished its bootstrapping phase",
            'if __name__ == "__main__"',
        ),
    ],
)
def test_what_becomes_of_a_worker_is_told_as_what_it_is(text, words):
    with pytest.raises(TrainingError, match=words), explained():
        raise RuntimeError(text)


def test_any_other_error_is_left_as_it_is():
    with pytest.raises(RuntimeError, match="^some bug$"), explained():
        raise RuntimeError("some bug")


@pytest.mark.parametrize(("rate", "told"), [(30.0, True), (1000.0, True), (0.05, False)])
def test_a_learning_rate_far_above_the_usual_is_told_where_nothing_was_learned(training, rate, told):
    def useless(preds, targets):
        return mse(preds, targets) * (1.0 if rate > 1 else -1.0)

    losses = [WeightedLoss("useless", useless, 1.0)]
    result = fit(training(losses=losses, val_loss="ESR", model={"optimizer": {"lr": rate}}))
    assert result.metrics["ESR"] > 1
    assert ("far above the usual" in (result.stopped or "")) == told


def test_a_divergence_at_a_learning_rate_far_above_the_usual_says_so(training):
    loss = WeightedLoss("turns", TurnsBad(after=0, value=math.nan), 1.0)
    with pytest.raises(TrainingError, match=r"a learning rate of 30 is far above .*the default of Adam is 0\.001"):
        fit(training(losses=[loss], model={"optimizer": {"lr": 30}}))


def test_a_scheduler_at_its_end_is_told(training):
    model = {"lr_scheduler": {"class": "OneCycleLR", "kwargs": {"max_lr": 0.1, "total_steps": 3}, "interval": "step"}}
    with pytest.raises(TrainingError, match=r"lr_scheduler of the model config is at its end .*Tried to step 4 times"):
        fit(training(model=model))


def test_what_lightning_refuses_is_a_config_error(training):
    with pytest.raises(ConfigError, match="val_check_interval"):
        fit(training(learning={"trainer": {"val_check_interval": 1000}}))
    with pytest.raises(ConfigError, match="Lightning refuses"):
        fit(training(learning={"trainer": {"limit_train_batches": 7.5}}))


def test_a_plateau_scheduler_without_validation_is_a_config_error(training):
    model = {"lr_scheduler": {"class": "ReduceLROnPlateau"}}
    with pytest.raises(ConfigError, match="val_loss"):
        fit(training(model=model, validation=None))


def test_a_diverged_training_is_not_resumed_from_its_ruins(training):
    loss = WeightedLoss("turns", TurnsBad(after=20, value=math.nan), 1.0)
    learning = {"trainer": {"max_epochs": 50}}
    assert fit(training(losses=[loss], learning=learning)).stopped
    result = fit(training(learning={"trainer": {"max_epochs": 50}}, resume=True))
    assert result.stopped is None
    assert result.epochs == 50
    assert all(math.isfinite(p.metrics["ESR"]) for p in result.history)
