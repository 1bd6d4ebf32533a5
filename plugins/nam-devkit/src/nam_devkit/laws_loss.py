"""The laws of a loss."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from nam_devkit.law import Law, require
from nam_devkit.signals import noise
from nam_devkit.subjects import LossSubject
from nam_kernel.errors import UserError
from nam_kernel.interfaces import Batch, WeightedLoss

HISTORY = 31
"""Samples by which the input of a batch is longer than its output."""

RATE = 48000.0
"""Hz."""

Function = Callable[..., Tensor]


def loss_is_a_scalar(subject: LossSubject) -> None:
    """Of predictions and targets (B, L) it makes one number."""
    loss = _loss(subject)
    for batch in (1, 3):
        value = loss(*_pair(subject, batch))
        shape = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
        require(shape == (), f"a batch of {batch} costs {shape}; return a tensor of no dimensions, as .mean() does")


def loss_is_zero_at_equality(subject: LossSubject) -> None:
    """A perfect prediction costs nothing."""
    _, targets = _pair(subject, 2)
    value = _loss(subject)(targets.clone(), targets).item()
    require(abs(value) <= 1e-6, f"predictions equal to the targets cost {value:g}, not 0")


def loss_is_not_negative(subject: LossSubject) -> None:
    """No prediction costs less than a perfect one."""
    loss = _loss(subject)
    for seed in range(4):
        preds, targets = _pair(subject, 2, seed)
        for gain in (0.0, 0.5, 2.0, -1.0):
            value = loss(preds * gain, targets).item()
            require(value >= 0, f"a prediction costs {value:g}; a loss below 0 rewards being wrong")


def loss_is_finite_on_silence(subject: LossSubject) -> None:
    """Silence, as target, as prediction or as both, has a finite loss and a finite gradient."""
    loss = _loss(subject)
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
            value.backward()  # type: ignore[no-untyped-call]
        finite = preds.grad is None or bool(torch.isfinite(preds.grad).all())
        require(finite, f"{name}: the gradient is not finite; a root or a logarithm of 0 has none, so clamp it")


def loss_is_differentiable(subject: LossSubject) -> None:
    """A wrong prediction has a gradient, and a step against it costs less."""
    loss = _loss(subject)
    preds, targets = _pair(subject, 2)
    preds.requires_grad_()
    value = loss(preds, targets)
    require(
        value.requires_grad, "the loss carries no gradient; compute it in torch, without .detach(), .item() or NumPy"
    )
    value.backward()  # type: ignore[no-untyped-call]
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
    """It changes neither predictions nor targets, and returns the same again."""
    loss = _loss(subject)
    preds, targets = _pair(subject, 2)
    copies = preds.clone(), targets.clone()
    first, again = loss(preds, targets), loss(preds, targets)
    same = torch.equal(preds, copies[0]) and torch.equal(targets, copies[1])
    require(same, "it changed its arguments; use no operation that ends in _ on them")
    require(torch.allclose(first, again), f"the same signals cost {first.item():g}, then {again.item():g}")


def loss_works_at_every_sample_rate(subject: LossSubject) -> None:
    """It works on data of 44.1, 48 and 96 kHz, and of an unknown rate, unless it refuses that with a ``UserError``."""
    preds, targets = _pair(subject, 2)
    for rate in (44100.0, 48000.0, 96000.0, None):
        told = f"at {rate:g} Hz" if rate else "where the sample rate of the data is not known (None)"
        try:
            value = _loss(subject, rate)(preds, targets)
        except UserError as error:
            require(rate is None, f"{told} it cannot be made: {error}")
            continue
        except Exception as error:
            raise AssertionError(
                f"{told} it raised {type(error).__name__}: {error}; a loss that asks for sample_rate may refuse None "
                "with a UserError when it is made"
            ) from error
        require(torch.isfinite(value), f"{told} the loss is {value.item()}, not a finite number")


def masked_samples_are_missing_from_the_signals_alone(subject: LossSubject) -> None:
    """Of items whose start is masked it gets the rest, but the whole ``batch`` if it asks for that, and copes."""
    preds, targets = _pair(subject, 2)
    masked = subject.length // 4
    try:
        value = _loss(subject)(preds[:, masked:], targets[:, masked:], of=targets)
    except Exception as error:
        raise AssertionError(
            f"with mask_first = {masked} it raised {type(error).__name__}: {error}; batch.y is that much longer than "
            "targets, and batch.x is longer by the history of the net too"
        ) from error
    require(torch.isfinite(value), f"with mask_first = {masked} the loss is {value.item()}, not a finite number")


LAWS: tuple[Law, ...] = (
    loss_is_a_scalar,
    loss_is_zero_at_equality,
    loss_is_not_negative,
    loss_is_finite_on_silence,
    loss_is_differentiable,
    loss_leaves_its_arguments,
    loss_works_at_every_sample_rate,
    masked_samples_are_missing_from_the_signals_alone,
)


def _loss(subject: LossSubject, rate: float | None = RATE) -> Function:
    """Return the loss as a trainer calls it, with the batch if it asks for one."""
    term = WeightedLoss("", subject.build(sample_rate=rate), 1.0)

    def call(preds: Tensor, targets: Tensor, of: Tensor | None = None) -> Tensor:
        y = targets if of is None else of
        x = noise(len(y), y.shape[1] + HISTORY, seed=99)
        conditions = subject.conditions(len(y)) if subject.conditions is not None else ()
        return term(preds, targets, Batch(x, conditions, y))

    return call


def _pair(subject: LossSubject, batch: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return predictions and targets (B, L) that have something to do with each other."""
    targets = noise(batch, subject.length, seed=seed) + 0.05
    return 0.8 * targets + noise(batch, subject.length, seed=seed + 50, level=0.1), targets
