"""The fast ways to convolve give what ``conv1d`` gives, and so do their gradients."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import conv1d

from nam_plugin_wavenet import taps
from nam_plugin_wavenet.layers import Conv

FEW, MANY = (4, 6), (24, 48)
"""Channels in and out: few enough to be matrix products, and too many."""


@pytest.fixture(params=[FEW, MANY], ids=["products", "library"])
def channels(request):
    return request.param


def gradients(results, inputs):
    """The gradients of a sum in which every sample of every result has a weight of its own."""
    torch.manual_seed(1)
    total = sum((result * torch.randn_like(result)).sum() for result in results)
    return torch.autograd.grad(total, inputs)


@pytest.mark.parametrize("dilation", [1, 15, 16, 37])
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize("extra", [0, 1, 40])
@pytest.mark.parametrize("bias", [True, False])
def test_convolves_as_torch_does(channels, dilation, groups, kernel, extra, bias):
    torch.manual_seed(0)
    conv = Conv(*channels, kernel, dilation=dilation, groups=groups, bias=bias).double()
    if groups == 1:
        assert taps.suits(torch.zeros(1, dtype=torch.float64), conv.weight) == (channels is FEW)
    x = torch.randn(2, channels[0], 1 + (kernel - 1) * dilation + extra, dtype=torch.float64, requires_grad=True)
    inputs = [x, *conv.parameters()]
    y, newest = conv.with_newest(x)
    expected = conv1d(x, conv.weight, conv.bias, dilation=dilation, groups=groups)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(conv(x), expected)
    assert torch.equal(newest, x[:, :, (kernel - 1) * dilation :])
    for ours, theirs in (
        ([y, newest], [expected, x[:, :, (kernel - 1) * dilation :]]),
        ([conv(x)], [conv1d(x, conv.weight, conv.bias, dilation=dilation, groups=groups)]),
    ):
        for got, wanted in zip(gradients(ours, inputs), gradients(theirs, inputs), strict=True):
            torch.testing.assert_close(got, wanted)


def test_only_the_gradients_that_are_wanted_are_computed():
    conv = Conv(2, 3, 3).requires_grad_(False)
    x = torch.randn(1, 2, 9)
    assert not conv(x).requires_grad
    assert conv(x.requires_grad_()).sum().backward() is None
    assert conv.weight.grad is None
    conv.requires_grad_(True)
    conv(x.detach()).sum().backward()
    assert conv.weight.grad is not None


def test_the_newest_samples_alone_have_a_gradient():
    x = torch.randn(1, 2, 9, requires_grad=True)
    _, newest = Conv(2, 3, 3).with_newest(x)
    newest.sum().backward()
    assert x.grad[0, 0].tolist() == [0, 0, 1, 1, 1, 1, 1, 1, 1]


def test_a_gradient_may_be_differentiated_again():
    torch.manual_seed(0)
    tensors = [torch.randn(*s, dtype=torch.float64, requires_grad=True) for s in ((2, 2, 9), (3, 2, 3), (3,))]

    def both(x, weight, bias):
        return taps.convolve(x, weight, bias, 2)

    assert torch.autograd.gradcheck(both, tensors)
    assert torch.autograd.gradgradcheck(both, tensors)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_what_casts_or_records_gets_the_librarys_convolution():
    conv, x = Conv(2, 3, 3), torch.randn(1, 2, 9)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert not taps.suits(x, conv.weight)
        assert conv(x).dtype == torch.bfloat16
    assert not taps.suits(x.to("meta"), conv.weight)
    assert "aten::_convolution" in str(torch.jit.trace(conv, x).graph)
