"""Each law of a trainer catches the trainer that breaks it, and no other law complains of that trainer."""

import copy
from dataclasses import replace
from unittest import SkipTest

import pytest
import torch

from nam_devkit.examples.trainer import trainer as example
from nam_devkit.examples.trainer.config import ExampleTrainerConfig
from nam_devkit.examples.trainer.trainer import ExampleTrainer
from nam_devkit.laws_trainer import LAWS, stops_when_told
from nam_devkit.subjects import TrainerSubject
from nam_kernel.errors import Problem

CONFIG = ExampleTrainerConfig(steps=12, validate_every=4, batch_size=4)


class Impatient(ExampleTrainer):
    """Trains a little to say how long it would take."""

    def plan(self, job):
        with torch.no_grad():
            job.net.filter.weight *= 0.99
        return super().plan(job)


class CountsFromZero(ExampleTrainer):
    def fit(self, job, directory, observe, *, resume=False):
        fit = super().fit(job, directory, lambda p, net: observe(replace(p, epoch=p.epoch - 1), net), resume=resume)
        history = [replace(p, epoch=p.epoch - 1) for p in fit.history]
        return replace(fit, history=history, best_epoch=fit.best_epoch - 1, epochs=fit.epochs - 1)


class HandsOverTheFirst(ExampleTrainer):
    """Whatever the best is, the observer gets the net of the first validation."""

    def fit(self, job, directory, observe, *, resume=False):
        first = []

        def watched(progress, net):
            first.extend([copy.deepcopy(net)] if not first else [])
            return observe(progress, first[0] if net is not None else None)

        return super().fit(job, directory, watched, resume=resume)


class ForgetsEval(ExampleTrainer):
    def fit(self, job, directory, observe, *, resume=False):
        fit = super().fit(job, directory, observe, resume=resume)
        fit.net.train()
        return fit


class Stubborn(ExampleTrainer):
    """Hears the observer only before it has begun."""

    def fit(self, job, directory, observe, *, resume=False):
        def watched(progress, net):
            observe(progress, net)
            return True

        fit = super().fit(job, directory, watched, resume=resume)
        return replace(fit, stopped="I had enough.")


class BeginsAnew(ExampleTrainer):
    def fit(self, job, directory, observe, *, resume=False):
        return super().fit(job, directory, observe)


class DeafToTheMask(ExampleTrainer):
    def fit(self, job, directory, observe, *, resume=False):
        return super().fit(replace(job, mask_first=0), directory, observe, resume=resume)


class OwnDice(ExampleTrainer):
    """Draws its seed from whatever random numbers come next."""

    def fit(self, job, directory, observe, *, resume=False):
        return super().fit(replace(job, seed=int(torch.randint(1000, ()))), directory, observe, resume=resume)


class ReturnsTheFirstState(ExampleTrainer):
    def fit(self, job, directory, observe, *, resume=False):
        before = copy.deepcopy(job.net)
        fit = super().fit(job, directory, observe, resume=resume)
        return fit if job.validation is not None else replace(fit, net=before.eval())


BREAKERS = {
    "planning_does_nothing": Impatient,
    "validations_are_reported": CountsFromZero,
    "best_net_is_handed_over": HandsOverTheFirst,
    "best_net_is_returned": ForgetsEval,
    "stops_when_told": Stubborn,
    "resumed_training_ends_as_an_unbroken_one": BeginsAnew,
    "masked_samples_are_not_learned": DeafToTheMask,
    "same_seed_gives_the_same_training": OwnDice,
    "without_validation_the_last_state_counts": ReturnsTheFirstState,
}


def subject_of(folder, trainer_class, config=CONFIG, **facts):
    runs = iter(range(100))

    def new():
        own = folder / str(next(runs))
        own.mkdir()
        return TrainerSubject(lambda: trainer_class(config), folder=own, **facts)

    return new


def test_every_law_has_a_trainer_that_breaks_it():
    assert [law.__name__ for law in LAWS] == list(BREAKERS)


@pytest.mark.parametrize("law", BREAKERS)
def test_a_broken_trainer_breaks_its_law_alone(broken, law, tmp_path):
    also = {
        # One that cannot be stopped cannot be broken off, and one that draws freely ends elsewhere every time.
        "stops_when_told": {"resumed_training_ends_as_an_unbroken_one"},
        "same_seed_gives_the_same_training": {
            "resumed_training_ends_as_an_unbroken_one",
            "masked_samples_are_not_learned",
        },
    }
    assert broken(LAWS, subject_of(tmp_path, BREAKERS[law])) == {law} | also.get(law, set())


def test_a_good_trainer_breaks_none(broken, tmp_path):
    assert broken(LAWS, subject_of(tmp_path, ExampleTrainer)) == set()


class WithoutAState(ExampleTrainer):
    """Resumes the weights, and neither the optimizer nor the random numbers."""

    def fit(self, job, directory, observe, *, resume=False):
        if resume:
            file = directory / example.STATE
            state = torch.load(file, weights_only=True)
            optimizer = torch.optim.Adam(job.net.parameters(), self._config.learning_rate)
            dice = torch.Generator().manual_seed(job.seed)
            torch.save({**state, "optimizer": optimizer.state_dict(), "dice": dice.get_state()}, file)
        return super().fit(job, directory, observe, resume=resume)


class Secretive(ExampleTrainer):
    """Measures without saying so."""

    def fit(self, job, directory, observe, *, resume=False):
        def watched(progress, net):
            return observe(replace(progress, metrics={"ESR": 0.5}), net)

        return super().fit(job, directory, watched, resume=resume)


class RefusesAll(ExampleTrainer):
    def problems(self, model):
        return [("model", Problem("optimizer", "there is none; name one"))]


class ReturnsTheLast(ExampleTrainer):
    """Its learning rate is so high that the last state is not the best."""

    def fit(self, job, directory, observe, *, resume=False):
        fit = super().fit(job, directory, observe, resume=resume)
        with torch.no_grad():
            fit.net.filter.weight *= 1.01
        return fit


@pytest.mark.parametrize(
    ("trainer_class", "law"),
    [
        (WithoutAState, "resumed_training_ends_as_an_unbroken_one"),
        (Secretive, "validations_are_reported"),
        (RefusesAll, "planning_does_nothing"),
        (ReturnsTheLast, "best_net_is_returned"),
    ],
)
def test_other_breaches(broken, trainer_class, law, tmp_path):
    (chosen,) = [one for one in LAWS if one.__name__ == law]
    assert broken([chosen], subject_of(tmp_path, trainer_class)) == {law}


def test_a_training_of_one_validation_is_skipped_with_the_way_out(tmp_path):
    short = ExampleTrainerConfig(steps=10, validate_every=10)
    with pytest.raises(SkipTest, match="several validations"):
        stops_when_told(subject_of(tmp_path, ExampleTrainer, short)())


def test_what_the_model_config_says_to_it_is_a_fact(broken, tmp_path):
    subject = subject_of(tmp_path, ExampleTrainer, model={"optimizer": {"lr": 0.1}})
    assert "planning_does_nothing" in broken(LAWS[:1], subject)
