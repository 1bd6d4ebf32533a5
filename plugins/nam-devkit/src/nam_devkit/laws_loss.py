"""The laws of a loss."""

from __future__ import annotations

import torch
from torch import Tensor

from nam_devkit.law import Law, require
from nam_devkit.signals import noise
from nam_devkit.subjects import LossSubject


def loss_is_a_scalar(subject: LossSubject) -> None:
    """Of predictions and targets (B, L) it makes one number."""
    loss = subject.build()
    for batch in (1, 3):
        value = loss(*_pair(subject, batch))
        shape = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
        require(shape == (), f"a batch of {batch} gives {shape}; give a tensor of no dimensions, as .mean() does")


def loss_is_zero_at_equality(subject: LossSubject) -> None:
    """A perfect prediction costs nothing."""
    _, targets = _pair(subject, 2)
    value = subject.build()(targets.clone(), targets).item()
    require(abs(value) <= 1e-6, f"predictions equal to the targets cost {value:g}, not 0")


def loss_is_not_negative(subject: LossSubject) -> None:
    """No prediction costs less than a perfect one."""
    loss = subject.build()
    for seed in range(4):
        preds, targets = _pair(subject, 2, seed)
        for gain in (0.0, 0.5, 2.0, -1.0):
            value = loss(preds * gain, targets).item()
            require(value >= 0, f"a prediction costs {value:g}; a loss below 0 rewards being wrong")


def loss_is_finite_on_silence(subject: LossSubject) -> None:
    """Silence, as target, as prediction or as both, gives a finite loss and a finite gradient."""
    loss = subject.build()
    signal, silence = noise(2, subject.length), torch.zeros(2, subject.length)
    cases = {
        "a silent target": (signal, silence),
        "a silent prediction": (silence, signal),
        "silence and silence": (silence, silence),
        "two equal signals": (signal, signal),
    }
    for name, (preds, targets) in cases.items():
        preds = preds.clone().requires_grad_()
        value = loss(preds, targets)
        require(torch.isfinite(value), f"{name}: the loss is {value.item()}; add a small number before dividing")
        if value.requires_grad:
            value.backward()
        finite = preds.grad is None or bool(torch.isfinite(preds.grad).all())
        require(finite, f"{name}: the gradient is not finite; a root or a logarithm of 0 has none, so clamp it")


def loss_is_differentiable(subject: LossSubject) -> None:
    """A wrong prediction gets a gradient, and a step against it costs less."""
    loss = subject.build()
    preds, targets = _pair(subject, 2)
    preds.requires_grad_()
    value = loss(preds, targets)
    require(
        value.requires_grad,
        "the loss carries no gradient; compute it in torch, without .detach(), .item() or NumPy",
    )
    value.backward()
    gradient = torch.zeros_like(preds) if preds.grad is None else preds.grad
    require(gradient.abs().sum() > 0, "the gradient is zero for a wrong prediction, so that nothing is learned")
    slope = float(gradient.square().sum())
    with torch.no_grad():
        before = value.item()
        steps = [loss(preds - share * before / slope * gradient, targets).item() for share in (0.5, 0.1, 0.01)]
    require(
        min(steps) < before,
        f"steps against the gradient cost no less than the {before:g} before; the gradient points elsewhere",
    )


def loss_leaves_its_arguments(subject: LossSubject) -> None:
    """It changes neither predictions nor targets, and gives the same again."""
    loss = subject.build()
    preds, targets = _pair(subject, 2)
    copies = preds.clone(), targets.clone()
    first, again = loss(preds, targets), loss(preds, targets)
    same = torch.equal(preds, copies[0]) and torch.equal(targets, copies[1])
    require(same, "it changed its arguments; use no operation that ends in _ on them")
    require(torch.allclose(first, again), f"the same signals cost {first.item():g}, then {again.item():g}")


LAWS: tuple[Law, ...] = (
    loss_is_a_scalar,
    loss_is_zero_at_equality,
    loss_is_not_negative,
    loss_is_finite_on_silence,
    loss_is_differentiable,
    loss_leaves_its_arguments,
)


def _pair(subject: LossSubject, batch: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Give predictions and targets (B, L) that have something to do with each other."""
    targets = noise(batch, subject.length, seed=seed) + 0.05
    return 0.8 * targets + noise(batch, subject.length, seed=seed + 50, level=0.1), targets
