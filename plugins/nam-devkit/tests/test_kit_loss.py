"""Each law of a loss catches the loss that breaks it, and no other law complains of that loss."""

import pytest
import torch

from nam_devkit.examples.loss.loss import ExampleLoss
from nam_devkit.laws_loss import LAWS
from nam_devkit.subjects import LossSubject
from nam_kernel.errors import UserError


def mse(preds, targets):
    return (preds - targets).square().mean()


def of_one_dimension(preds, targets):
    return mse(preds, targets).reshape(1)


def with_an_offset(preds, targets):
    return mse(preds, targets) + 0.1


def rewards_opposition(preds, targets):
    return mse(preds, targets) - 5 * (-(preds * targets).mean()).relu()


def root(preds, targets):
    return mse(preds, targets).sqrt()


def detached(preds, targets):
    return mse(preds, targets).detach()


def mutes_a_sample(preds, targets):
    targets[..., 0] = 0
    return mse(preds[..., 1:], targets[..., 1:])


class Weighted:
    """The squared error, divided by the sample rate."""

    def __init__(self, sample_rate):
        self.sample_rate = sample_rate

    def __call__(self, preds, targets):
        return mse(preds, targets) / self.sample_rate


def by_level(preds, targets, batch):
    """Weighs each sample by the level of the output, whole items long."""
    return ((preds - targets).square() * batch.y.abs()).mean()


BREAKERS = {
    "loss_is_a_scalar": of_one_dimension,
    "loss_is_zero_at_equality": with_an_offset,
    "loss_is_not_negative": rewards_opposition,
    "loss_is_finite_on_silence": root,
    "loss_is_differentiable": detached,
    "loss_leaves_its_arguments": mutes_a_sample,
    "loss_works_at_every_sample_rate": Weighted,
    "masked_samples_are_missing_from_the_signals_alone": by_level,
}


def subject_of(loss):
    def build(sample_rate):
        return loss(sample_rate) if isinstance(loss, type) else loss

    return lambda: LossSubject(build, length=1000)


def test_every_law_has_a_loss_that_breaks_it():
    assert [law.__name__ for law in LAWS] == list(BREAKERS)


@pytest.mark.parametrize("law", BREAKERS)
def test_a_broken_loss_breaks_its_law_alone(broken, law):
    assert broken(LAWS, subject_of(BREAKERS[law])) == {law}


class AsksForTheRate(Weighted):
    def __init__(self, sample_rate):
        if sample_rate is None:
            raise UserError("the data does not state its sample rate; record it in the files")
        super().__init__(sample_rate)


def by_level_at_the_end(preds, targets, batch):
    """Weighs each sample by the level of the output, whose masked samples it leaves out too."""
    heard = batch.y[..., -targets.shape[-1] :]
    return ((preds - targets).square() * heard.abs()).mean()


@pytest.mark.parametrize("loss", [mse, ExampleLoss(), AsksForTheRate, by_level_at_the_end])
def test_a_good_loss_breaks_none(broken, loss):
    assert broken(LAWS, subject_of(loss)) == set()


def by_knob(preds, targets, batch):
    (drive,) = batch.conditions
    return ((preds - targets).square().mean(-1) * drive).mean()


def test_the_conditions_of_the_batch_are_a_fact(broken):
    subject = LossSubject(lambda sample_rate: by_knob, length=1000, conditions=lambda batch: (torch.ones(batch),))
    assert broken(LAWS, lambda: subject) == set()


def test_a_gradient_that_points_the_wrong_way_is_caught(broken):
    def uphill(preds, targets):
        return mse(2 * preds.detach() - preds, targets)

    assert broken(LAWS, subject_of(uphill)) == {"loss_is_differentiable"}


def test_a_rate_that_is_refused_although_it_is_known_is_caught(broken):
    class OnlyAt48(Weighted):
        def __init__(self, sample_rate):
            if sample_rate != 48000:
                raise UserError("only 48 kHz; convert the recordings")
            super().__init__(sample_rate)

    assert broken(LAWS, subject_of(OnlyAt48)) == {"loss_works_at_every_sample_rate"}
