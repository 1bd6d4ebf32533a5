"""The loss functions by their older names. ``B`` items of ``L`` samples."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

import nam_plugin_losses as real
from nam._span import ShapeError, TooShortError
from nam_kernel.errors import DataError


def apply_pre_emphasis_filter(x: Tensor, coef: float) -> Tensor:
    """Return ``y[n] = x[n] - coef x[n-1]``: (..., L) to (..., L - 1)."""
    return real.pre_emphasis(x, coef)


def esr(preds: Tensor, targets: Tensor) -> Tensor:
    """
    Return the mean error-to-signal ratio of the items: ().

    :param preds: (L,) or (B, L)
    :param targets: of the same shape
    :raises ValueError: when they have another number of dimensions
    """
    if preds.ndim == targets.ndim == 1:
        preds, targets = preds[None], targets[None]
    for name, signal in (("predictions", preds), ("targets", targets)):
        if signal.ndim != 2:
            raise ValueError(f"the {name} have the shape {tuple(signal.shape)}; expected (items, samples)")
    return real.esr(preds, targets)


def multi_resolution_stft_loss(
    preds: Tensor, targets: Tensor, loss_func: Any = None, device: torch.device | str | None = None
) -> Tensor:
    """
    Return the multi-resolution STFT loss: ().

    :param preds: (L,), (B, L) or (B, 1, L)
    :param targets: of the same shape
    :param loss_func: a function of two (B, 1, L), to be used in its place
    :param device: on which to compute it
    :raises TooShortError: when L is less than half of the longest window
    """
    if device is not None:
        preds, targets = preds.to(device), targets.to(device)
    preds, targets = _with_channel(preds), _with_channel(targets)
    if loss_func is None or isinstance(loss_func, real.MRSTFT):
        try:
            return (loss_func or real.MRSTFT())(preds.flatten(0, 1), targets.flatten(0, 1)).to(preds.dtype)
        except DataError as error:
            raise TooShortError(str(error)) from error
    loss: Tensor = loss_func(preds, targets)
    return loss


def _with_channel(signal: Tensor) -> Tensor:
    """Return a signal as (B, C, L)."""
    if signal.ndim > 3:
        raise ShapeError(f"a signal has the shape {tuple(signal.shape)}; expected (items, channels, samples) at most")
    return signal if signal.ndim == 3 else signal.reshape(-1, 1, signal.shape[-1])


def mse(preds: Tensor, targets: Tensor) -> Tensor:
    """Return the mean squared error: ()."""
    return real.mse(preds, targets)


def mse_fft(preds: Tensor, targets: Tensor) -> Tensor:
    """
    Return the mean squared magnitude of the difference of the spectra: ().

    :param preds: (L,) or (B, L)
    :param targets: of the same shape
    """
    return real.fourier_mse(preds, targets)
