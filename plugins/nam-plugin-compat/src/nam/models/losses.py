"""The loss functions by their older names. ``B`` items of ``L`` samples."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

import nam_plugin_losses as real


def apply_pre_emphasis_filter(x: Tensor, coef: float) -> Tensor:
    """
    Filter with ``y[n] = x[n] - coef x[n-1]``.

    :param x: (..., L)
    :return: (..., L - 1)
    """
    return real.pre_emphasis(x, coef)


def esr(preds: Tensor, targets: Tensor) -> Tensor:
    """
    Compute the mean error-to-signal ratio of the items.

    :param preds: (L,) or (B, L)
    :param targets: the same shape
    :return: ()
    :raises ValueError: when they have another number of dimensions
    """
    if preds.ndim == targets.ndim == 1:
        preds, targets = preds[None], targets[None]
    for name, signal in (("predictions", preds), ("targets", targets)):
        if signal.ndim != 2:
            raise ValueError(f"the {name} have the shape {tuple(signal.shape)}; expected (items, samples)")
    return real.esr(preds, targets)


def multi_resolution_stft_loss(
    preds: Tensor,
    targets: Tensor,
    loss_func: Any = None,
    device: torch.device | str | None = None,
) -> Tensor:
    """
    Compute the multi-resolution STFT loss.

    :param preds: (L,), (B, L) or (B, 1, L)
    :param targets: the same shape
    :param loss_func: a function of two (B, 1, L), to be used instead
    :param device: on which to compute it
    :return: ()
    """
    if device is not None:
        preds, targets = preds.to(device), targets.to(device)
    length = preds.shape[-1]
    preds, targets = preds.reshape(-1, length), targets.reshape(-1, length)
    if loss_func is None or isinstance(loss_func, real.MRSTFT):
        return (loss_func or real.MRSTFT())(preds, targets)
    loss: Tensor = loss_func(preds[:, None], targets[:, None])
    return loss


def mse(preds: Tensor, targets: Tensor) -> Tensor:
    """Compute the mean squared error."""
    return real.mse(preds, targets)


def mse_fft(preds: Tensor, targets: Tensor) -> Tensor:
    """
    Compute the mean squared magnitude of the difference of the spectra.

    :param preds: (L,) or (B, L)
    :param targets: the same shape
    :return: ()
    """
    return real.fourier_mse(preds, targets)
