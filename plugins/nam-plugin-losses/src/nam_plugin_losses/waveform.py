"""Losses that compare sample by sample: MSE, ESR, DC. ``B`` items of ``L`` samples."""

from __future__ import annotations

import torch
from torch import Tensor

SILENCE = 1e-10
"""Power, re full scale: -100 dB, near the noise floor of 16 bits. A target below it counts as silence."""


def mse(preds: Tensor, targets: Tensor) -> Tensor:
    """
    Compute the mean squared error.

    :param preds: (B, L)
    :param targets: (B, L)
    :return: ()
    """
    return (preds - targets).square().mean()


def esr(preds: Tensor, targets: Tensor) -> Tensor:
    """
    Compute the error-to-signal ratio of each item, and their mean.

    The ratio is the power of the error over the power of the target (Wright, Damskägg & Välimäki 2019,
    "Real-time black-box modelling with recurrent neural networks", without the filter). The power of a silent
    target is taken to be ``SILENCE``, so that the ratio is finite; any other ratio is exact.

    :param preds: (B, L)
    :param targets: (B, L)
    :return: ()
    """
    return _ratio(preds, targets, dim=-1).mean()


def esr_of_sums(preds: Tensor, targets: Tensor) -> Tensor:
    """
    Compute the error-to-signal ratio of everything at once: the figure by which captures are compared.

    Unlike ``esr`` it gives a quiet item little weight, and does not depend on how a signal is cut into items.

    :param preds: any shape
    :param targets: the same shape
    :return: ()
    """
    return _ratio(preds.reshape(-1), targets.reshape(-1), dim=0)


def dc(preds: Tensor, targets: Tensor) -> Tensor:
    """
    Compute the mean over the items of the squared difference between the means of prediction and target.

    The term of Wright, Damskägg & Välimäki 2019, before its division by the power of the target.

    :param preds: (B, L)
    :param targets: (B, L)
    :return: ()
    """
    return (preds.mean(dim=-1) - targets.mean(dim=-1)).square().mean()


def _ratio(preds: Tensor, targets: Tensor, dim: int) -> Tensor:
    error = (preds - targets).square().mean(dim=dim)
    return error / torch.clamp(targets.square().mean(dim=dim), min=SILENCE)
