"""The convolution with a long impulse response by FFT, as an accelerator of the net ``Linear``."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from nam_plugin_linear.net import Linear

LONG = 256
"""Taps from which the convolution by FFT is faster than the direct sum, in training and rendering."""


class ByFft:
    """
    What a Linear net computes, computed by FFT.

    It reads the parameters of the net at every call, so the net may be trained through it.

    :param net: stays as it is
    """

    def __init__(self, net: Linear) -> None:
        self._net = net

    def __call__(self, x: Tensor, *conditions: Tensor | float, pad_start: bool | None = None) -> Tensor:
        """
        Return what ``net.forward`` does: (B, L) or (L,) to as much, less R - 1 samples without ``pad_start``.

        :raises ValueError: when it is given conditions, or the input is shorter than the receptive field
        """
        net, field = self._net, self._net.receptive_field
        # The net itself tells what is wrong.
        if conditions or (x.shape[-1] < field and pad_start is False):
            told: Tensor = net(x, *conditions, pad_start=pad_start)
            return told
        pads = not net.training if pad_start is None else pad_start
        heard = x if x.ndim > 1 else x[None]
        y = convolve(functional.pad(heard, (field - 1, 0)) if pads else heard, net.impulse_response)
        y = y if net.bias is None else y + net.bias
        return y if x.ndim > 1 else y[0]


def convolve(x: Tensor, impulse_response: Tensor) -> Tensor:
    """
    Return the convolution of (B, L) with (R,), (B, L - R + 1), as a product of spectra.

    The transform is circular. What wraps around falls on the first R - 1 samples, which are cut off anyway.
    """
    length = x.shape[1]
    size = 1 << (length - 1).bit_length()
    spectrum = torch.fft.rfft(x, size) * torch.fft.rfft(impulse_response, size)
    y: Tensor = torch.fft.irfft(spectrum, size)
    return y[:, len(impulse_response) - 1 : length]
