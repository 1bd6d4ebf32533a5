"""Losses of pre-emphasized signals, whose treble is raised because hearing is keen there."""

from __future__ import annotations

from torch import Tensor

from nam_kernel.errors import DataError
from nam_plugin_losses.spectral import MRSTFT
from nam_plugin_losses.waveform import mse


def pre_emphasis(x: Tensor, coef: float) -> Tensor:
    """
    Return ``y[n] = x[n] - coef x[n-1]``, the output of a first-order high-pass.

    Wright & Välimäki 2020, "Perceptual loss function for neural modeling of audio systems". What precedes the
    signal is unknown, so the output has one sample less.

    :param x: (..., L), L at least 2
    :return: (..., L - 1)
    :raises DataError: when the signal has fewer than two samples
    """
    if x.shape[-1] < 2:
        raise DataError("a loss with pre-emphasis needs items of at least 2 samples; make ny larger")
    return x[..., 1:] - coef * x[..., :-1]


class PreEmphasisMSE:
    """
    Mean squared error of the pre-emphasized signals.

    :param coef: of the filter
    """

    def __init__(self, coef: float) -> None:
        self.coef = coef

    def __call__(self, preds: Tensor, targets: Tensor) -> Tensor:
        """
        Return the loss.

        :param preds: (B, L)
        :param targets: (B, L)
        :return: ()
        """
        return mse(pre_emphasis(preds, self.coef), pre_emphasis(targets, self.coef))


class PreEmphasisMRSTFT:
    """
    Multi-resolution STFT loss of the pre-emphasized signals.

    :param coef: of the filter
    """

    def __init__(self, coef: float) -> None:
        self.coef = coef
        self._loss = MRSTFT()

    def __call__(self, preds: Tensor, targets: Tensor) -> Tensor:
        """
        Return the loss.

        :param preds: (B, L)
        :param targets: (B, L)
        :return: ()
        :raises DataError: when L - 1 is too short for the STFT
        """
        return self._loss(pre_emphasis(preds, self.coef), pre_emphasis(targets, self.coef))
