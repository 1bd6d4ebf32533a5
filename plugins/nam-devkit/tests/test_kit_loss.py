"""Each law of a loss catches the loss that breaks it, and no other law complains of that loss."""

import pytest

from kit_verdicts import broken
from nam_devkit.examples.loss.loss import ExampleLoss
from nam_devkit.laws_loss import LAWS
from nam_devkit.subjects import LossSubject


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


BREAKERS = {
    "loss_is_a_scalar": of_one_dimension,
    "loss_is_zero_at_equality": with_an_offset,
    "loss_is_not_negative": rewards_opposition,
    "loss_is_finite_on_silence": root,
    "loss_is_differentiable": detached,
    "loss_leaves_its_arguments": mutes_a_sample,
}


def test_every_law_has_a_loss_that_breaks_it():
    assert [law.__name__ for law in LAWS] == list(BREAKERS)


@pytest.mark.parametrize("law", BREAKERS)
def test_a_broken_loss_breaks_its_law_alone(law):
    assert broken(LAWS, lambda: LossSubject(lambda: BREAKERS[law], length=1000)) == {law}


@pytest.mark.parametrize("loss", [mse, ExampleLoss()])
def test_a_good_loss_breaks_none(loss):
    assert broken(LAWS, lambda: LossSubject(lambda: loss, length=1000)) == set()


def test_a_gradient_that_points_the_wrong_way_is_caught():
    def uphill(preds, targets):
        return mse(2 * preds.detach() - preds, targets)

    assert broken(LAWS, lambda: LossSubject(lambda: uphill, length=1000)) == {"loss_is_differentiable"}
