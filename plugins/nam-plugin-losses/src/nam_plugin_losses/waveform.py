"""Losses that compare sample by sample: MSE, ESR, DC. ``B`` items of ``L`` samples."""

from __future__ import annotations

import torch
from torch import Tensor

SILENCE = 1e-10
"""Power, re full scale: -100 dB, near the noise floor of 16 bits. A target below it counts as silence."""


def mse(preds: Tensor, targets: Tensor) -> Tensor:
    """
    Return the mean squared error.

    :param preds: (B, L)
    :param targets: (B, L)
    :return: ()
    """
    return (preds - targets).square().mean()


def esr(preds: Tensor, targets: Tensor) -> Tensor:
    """
    Return the mean of the error-to-signal ratios of the items.

    The ratio is the power of the error over the power of the target (Wright, Damskägg & Välimäki 2019,
    "Real-time black-box modelling with recurrent neural networks", without the filter). The power of a silent
    target is taken to be ``SILENCE``, so that the ratio is finite; any other ratio is exact.

    :param preds: (B, L)
    :param targets: (B, L)
    :return: ()
    """
    error = (preds - targets).square().mean(dim=-1)
    return (error / torch.clamp(targets.square().mean(dim=-1), min=SILENCE)).mean()


def dc(preds: Tensor, targets: Tensor) -> Tensor:
    """
    Return the mean over the items of the squared difference between the means of prediction and target.

    The term of Wright, Damskägg & Välimäki 2019, before its division by the power of the target.

    :param preds: (B, L)
    :param targets: (B, L)
    :return: ()
    """
    return (preds.mean(dim=-1) - targets.mean(dim=-1)).square().mean()
