"""Claims about SOAP, held against its definition written out step by step for one matrix in float64."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from nam_plugin_recipes.soap import SOAP


def gradients(shape, count, seed=0):
    dice = torch.Generator().manual_seed(seed)
    mixed = torch.randn(shape[0], shape[0], generator=dice)
    return [mixed @ torch.randn(shape, generator=dice) for _ in range(count)]


def stepped(parameters, each_step, **options):
    optimizer = SOAP(parameters, **options)
    for given in each_step:
        for parameter, gradient in zip(parameters, given, strict=True):
            parameter.grad = None if gradient is None else gradient.clone()
        optimizer.step()
    return optimizer


def written_out(weight, given, lr, betas, shampoo_beta, eps, basis_at):
    """The algorithm of arXiv:2409.11321 for one matrix, in float64."""
    weight = weight.astype(float).copy()
    rows, columns = weight.shape
    left, right = np.zeros((rows, rows)), np.zeros((columns, columns))
    q_left, q_right = np.eye(rows), np.eye(columns)
    mean, square = np.zeros_like(weight), np.zeros_like(weight)
    for step, gradient in enumerate(given):
        if step:
            mean = betas[0] * mean + (1 - betas[0]) * gradient
            square = betas[1] * square + (1 - betas[1]) * (q_left.T @ gradient @ q_right) ** 2
            first, second = mean / (1 - betas[0] ** step), square / (1 - betas[1] ** step)
            weight -= lr * q_left @ ((q_left.T @ first @ q_right) / (np.sqrt(second) + eps)) @ q_right.T
        left = shampoo_beta * left + (1 - shampoo_beta) * gradient @ gradient.T
        right = shampoo_beta * right + (1 - shampoo_beta) * gradient.T @ gradient
        if step in basis_at:
            q_left, q_right = np.linalg.eigh(left)[1], np.linalg.eigh(right)[1]
    return weight


def test_a_matrix_goes_the_way_of_the_published_algorithm():
    given = gradients((3, 4), 25)
    weight = nn.Parameter(torch.randn(3, 4, generator=torch.Generator().manual_seed(1)))
    start = weight.detach().numpy().copy()
    stepped([weight], [[g] for g in given], lr=0.01, refresh=10)
    expected = written_out(
        start, [g.double().numpy() for g in given], 0.01, (0.9, 0.999), 0.95, 1e-8, {0, 1, 2, 3, 4, 10, 20}
    )
    assert weight.detach().numpy() == pytest.approx(expected, abs=2e-4)


def test_a_filter_is_the_matrix_of_its_outputs_and_all_the_rest():
    given = gradients((4, 6), 12)
    matrix, conv = nn.Parameter(torch.zeros(4, 6)), nn.Parameter(torch.zeros(4, 2, 3))
    stepped([matrix], [[g] for g in given])
    stepped([conv], [[g.reshape(4, 2, 3)] for g in given])
    assert torch.equal(matrix, conv.reshape(4, 6))


def test_parameters_of_one_shape_do_not_feel_each_other():
    one, other = gradients((4, 3), 15, seed=1), gradients((4, 3), 15, seed=2)
    together = [nn.Parameter(torch.zeros(4, 3)) for _ in range(2)]
    stepped(together, list(zip(one, other, strict=True)))
    for parameter, given in zip(together, (one, other), strict=True):
        alone = nn.Parameter(torch.zeros(4, 3))
        stepped([alone], [[g] for g in given])
        torch.testing.assert_close(parameter, alone, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("shape", [(5,), ()])
def test_what_is_no_matrix_is_stepped_as_by_adam(shape):
    dice = torch.Generator().manual_seed(3)
    given = [torch.randn(shape, generator=dice) for _ in range(20)]
    ours, adams = nn.Parameter(torch.zeros(shape)), nn.Parameter(torch.zeros(shape))
    stepped([ours], [[g] for g in given], lr=0.02)
    adam = torch.optim.Adam([adams], lr=0.02)
    for gradient in given:
        adams.grad = gradient.clone()
        adam.step()
    torch.testing.assert_close(ours, adams)


def test_a_side_that_is_too_large_stays_in_its_own_basis():
    weight = nn.Parameter(torch.zeros(3, 300))
    optimizer = stepped([weight], [[torch.randn(3, 300, generator=torch.Generator().manual_seed(1))]], largest=256)
    (state,) = optimizer.state.values()
    assert "left_basis" in state
    assert "right_basis" not in state


def test_a_turn_of_the_problem_turns_the_way():
    turn = torch.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(5)))[0]
    given = gradients((4, 4), 20)
    plain, turned = nn.Parameter(torch.zeros(4, 4)), nn.Parameter(torch.zeros(4, 4))
    stepped([plain], [[g] for g in given], refresh=1)
    stepped([turned], [[turn @ g] for g in given], refresh=1)
    torch.testing.assert_close(turned.detach(), turn @ plain.detach(), rtol=1e-2, atol=1e-3)


def test_weights_decay_by_the_rate():
    weight = nn.Parameter(torch.full((2, 2), 3.0))
    stepped([weight], [[torch.zeros(2, 2)]] * 2, lr=0.1, weight_decay=0.5)
    assert weight.detach().numpy() == pytest.approx(np.full((2, 2), 3.0 * 0.95))


def test_a_parameter_without_a_gradient_stays():
    used, idle = nn.Parameter(torch.zeros(2, 2)), nn.Parameter(torch.ones(2, 2))
    stepped([used, idle], [[g, None] for g in gradients((2, 2), 5)])
    assert torch.equal(idle, torch.ones(2, 2))
    assert not torch.equal(used, torch.zeros(2, 2))


def test_its_state_can_be_saved_and_goes_on_bit_for_bit():
    given = gradients((4, 3), 30)
    whole, parts = nn.Parameter(torch.zeros(4, 3)), nn.Parameter(torch.zeros(4, 3))
    stepped([whole], [[g] for g in given])
    first = stepped([parts], [[g] for g in given[:13]])
    again = SOAP([parts])
    again.load_state_dict(copy.deepcopy(first.state_dict()))
    for gradient in given[13:]:
        parts.grad = gradient.clone()
        again.step()
    assert torch.equal(whole, parts)


def test_a_gradient_that_is_not_finite_does_not_raise():
    weight = nn.Parameter(torch.zeros(2, 2))
    stepped([weight], [[torch.full((2, 2), float("nan"))]] * 3)
    assert torch.isnan(weight).all()


def test_a_closure_gives_the_loss():
    weight = nn.Parameter(torch.ones(2, 2))

    def closure():
        loss = (weight**2).sum()
        loss.backward()
        return loss.detach()

    assert SOAP([weight]).step(closure).item() == 4.0


@pytest.mark.parametrize(
    "wrong", [{"lr": -1}, {"betas": (1.0, 0.9)}, {"shampoo_beta": 1.0}, {"eps": -1}, {"refresh": 0}], ids=str
)
def test_values_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SOAP([nn.Parameter(torch.zeros(2, 2))], **wrong)
