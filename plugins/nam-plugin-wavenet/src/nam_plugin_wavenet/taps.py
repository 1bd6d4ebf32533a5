"""
A convolution as one matrix product for each tap of its kernel.

The nets of amplifiers have few channels and long signals. Libraries lay such a signal out for the convolutions of
images first, and fill the channels up to the width of the processor; with the gradients they take up to four times as
long as these products. Where the channels are many, or the device is not a CPU, the libraries win.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

MOST_PRODUCTS = 512
"""Input times output channels up to which the products were faster in training, for every kernel and dilation tried."""

MOST_TAPS = 64


def suits(x: Tensor, weight: Tensor) -> bool:
    """
    Return whether the products are the faster way.

    :param x: (B, C, L)
    :param weight: (C_out, C, k); without groups
    """
    return (
        x.device.type == "cpu"
        and x.dtype == weight.dtype
        and weight.shape[0] * weight.shape[1] <= MOST_PRODUCTS
        and weight.shape[2] <= MOST_TAPS
        and not torch.is_autocast_enabled("cpu")
        and not torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]
        and not torch.compiler.is_compiling()
    )


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None, dilation: int) -> tuple[Tensor, Tensor]:
    """
    Return a convolution without padding.

    :param x: (B, C, L)
    :param weight: (C_out, C, k)
    :param bias: (C_out,)
    :return: (B, C_out, L - (k - 1) dilation), and the newest samples of ``x``, as many
    """
    both: tuple[Tensor, Tensor] = _Taps.apply(x, weight, bias, dilation)  # type: ignore[no-untyped-call]
    return both


class _Taps(Function):
    """``convolve`` and its gradient, each added up in place: where the signal is long, memory is what takes time."""

    @staticmethod
    def forward(x: Tensor, weight: Tensor, bias: Tensor | None, dilation: int) -> tuple[Tensor, Tensor]:
        heard = _shifted(x, weight, dilation)
        taps = _matrices(weight.permute(2, 0, 1), len(x))
        y = torch.bmm(taps[0], heard[0]) if bias is None else torch.baddbmm(bias[:, None], taps[0], heard[0])
        for tap, signal in zip(taps[1:], heard[1:], strict=True):
            y.baddbmm_(tap, signal)
        return y, heard[-1]

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, Tensor | None, int], output: Any) -> None:
        x, weight, bias, ctx.dilation = inputs
        ctx.has_bias = bias is not None
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(x, weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        of_y, of_newest = gradients
        x, weight = ctx.saved_tensors
        wanted = ctx.needs_input_grad
        of_x = _full(of_newest, x) if wanted[0] else None
        if of_y is None:
            return of_x, None, None, None
        if of_x is not None:
            taps = _matrices(weight.permute(2, 1, 0), len(x))
            for tap, place in zip(taps, _shifted(of_x, weight, ctx.dilation), strict=True):
                place.baddbmm_(tap, of_y)
        of_weight = None
        if wanted[1]:
            heard = _shifted(x, weight, ctx.dilation)
            of_weight = torch.stack([torch.bmm(of_y, signal.transpose(1, 2)).sum(0) for signal in heard], 2)
        return of_x, of_weight, of_y.sum((0, 2)) if ctx.has_bias and wanted[2] else None, None


def _shifted(x: Tensor, weight: Tensor, dilation: int) -> list[Tensor]:
    """Return the input of each tap, the oldest first, as views."""
    taps = weight.shape[2]
    length = x.shape[2] - (taps - 1) * dilation
    return [x[:, :, i * dilation : i * dilation + length] for i in range(taps)]


def _matrices(taps: Tensor, batch: int) -> list[Tensor]:
    """Return the matrix of each tap, once for every item."""
    return [tap.expand(batch, -1, -1) for tap in taps.contiguous()]


def _full(newest: Tensor | None, x: Tensor) -> Tensor:
    """Return the gradient of a whole signal from that of its newest samples: it is zero before them."""
    if newest is None:
        return torch.zeros_like(x)
    return torch.nn.functional.pad(newest, (x.shape[2] - newest.shape[2], 0))
