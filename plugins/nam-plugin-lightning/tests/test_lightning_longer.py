"""A finished training can be made longer, and one at its end is left as it is."""

from __future__ import annotations

import pytest
import torch
from lightning_parts import Derived, DroppingNet, TwoFilters, fit
from test_lightning_resume import assert_same

from nam_kernel.errors import ConfigError, UserError
from nam_plugin_lightning.engine import LightningTrainer
from nam_plugin_lightning.session import NOTHING_TO_DO


def files(folder):
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


def longer(asked, epochs):
    asked.engine = asked.engine.with_epochs(epochs)
    return asked


@pytest.mark.parametrize(
    "limit",
    [{"max_epochs": 2}, {"max_epochs": None, "max_steps": 4}, {"max_epochs": 2, "max_time": "00:01:00:00"}],
    ids=str,
)
@pytest.mark.parametrize("engine", [LightningTrainer, Derived])
def test_two_epochs_made_four_are_four(training, limit, engine):
    def made(directory, **trainer):
        return training(directory, net=DroppingNet(), engine=engine, learning={"trainer": trainer})

    whole = fit(made("whole", max_epochs=4))
    fit(made("parts", **limit))
    again = longer(made("parts", **limit), 4)
    again.resume = True
    assert type(again.engine) is engine
    assert_same(whole, fit(again))


def test_the_engine_that_was_asked_stays_as_it_was(training):
    engine = training(learning={"trainer": {"max_epochs": 2, "max_steps": 9}}).engine
    assert engine.with_epochs(7).config.trainer["max_epochs"] == 7
    assert engine.config.trainer["max_epochs"] == 2
    assert engine.config.trainer["max_steps"] == 9


@pytest.mark.parametrize("epochs", [0, -1, 1.5, True, "5"])
def test_what_is_no_number_of_epochs_is_refused(training, epochs):
    with pytest.raises(UserError, match="whole number"):
        training().engine.with_epochs(epochs)


def resumed(training, learning, epochs=None, **changes):
    """The result of resuming a finished run, what was observed, and whether any of its files changed."""
    seen = []
    asked = training(learning=learning, resume=True, observe=lambda *a: seen.append(a) or True, **changes)
    if epochs is not None:
        longer(asked, epochs)
    before = files(asked.directory)
    result = fit(asked)
    return result, seen, before == files(asked.directory)


@pytest.mark.parametrize(
    ("learning", "epochs"),
    [
        ({"trainer": {"max_epochs": 3}}, None),
        ({"trainer": {"max_epochs": None, "max_steps": 6}}, None),
        ({"trainer": {"max_epochs": 3}}, 3),
        ({"trainer": {"max_epochs": 3}}, 2),
    ],
    ids=str,
)
@pytest.mark.parametrize("net", [DroppingNet, TwoFilters])
def test_a_training_at_its_end_is_left_as_it_is(training, learning, epochs, net):
    first = fit(training(net=net(), model={"optimizer": {"lr": 0.6}}, learning=learning))
    result, seen, untouched = resumed(training, learning, epochs, net=net(), model={"optimizer": {"lr": 0.6}})
    assert result.stopped == NOTHING_TO_DO == "finished; nothing to do"
    assert untouched
    assert seen == []
    assert (result.metrics, result.outputs, result.history) == (first.metrics, first.outputs, first.history)
    assert (result.epochs, result.best_epoch) == (first.epochs, first.best_epoch)
    for key, value in result.net.state_dict().items():
        assert torch.equal(value, first.net.state_dict()[key]), key
    assert not result.net.training


FROZEN = {"optimizer": {"class": "SGD", "lr": 1e-30}}


@pytest.mark.parametrize(
    ("more", "model", "reason"),
    [({"target_esr": 0.5}, {}, "the target was reached"), ({"patience": 2}, FROZEN, "2 validations in a row")],
)
def test_a_training_that_was_good_enough_says_why_it_does_not_go_on(training, more, model, reason):
    learning = {"trainer": {"max_epochs": 50}, **more}
    first = fit(training(model=model, learning=learning))
    result, seen, untouched = resumed(training, learning, model=model)
    assert result.stopped.startswith(f"{NOTHING_TO_DO}: ")
    assert reason in result.stopped
    assert (seen, untouched, result.epochs) == ([], True, first.epochs)


def test_more_epochs_after_patience_ran_out_are_waited_for_anew(training):
    learning = {"trainer": {"max_epochs": 50}, "patience": 2}
    assert fit(training(model=FROZEN, learning=learning)).epochs == 3
    result, seen, _ = resumed(training, learning, epochs=60, model=FROZEN)
    assert (result.epochs, len(seen)) == (5, 2)
    assert "2 validations in a row" in result.stopped


def test_an_interrupted_training_goes_on_whatever_was_asked(training):
    learning = {"trainer": {"max_epochs": 5}}
    fit(training(learning=learning, observe=lambda progress, best: progress.epoch < 2))
    result, _, _ = resumed(training, learning)
    assert (result.epochs, result.stopped) == (5, None)


def test_a_schedule_that_ends_before_is_refused_before_a_step(training):
    scheduler = {"class": "OneCycleLR", "kwargs": {"max_lr": 0.1, "total_steps": 6}, "interval": "step"}
    learning, model = {"trainer": {"max_epochs": 3}}, {"lr_scheduler": scheduler}
    fit(training(learning=learning, model=model))
    asked = longer(training(learning=learning, model=model, resume=True), 4)
    before = files(asked.directory)
    with pytest.raises(ConfigError, match=r"lr_scheduler: it ends after 6 steps, but the training has 8"):
        fit(asked)
    assert files(asked.directory) == before
