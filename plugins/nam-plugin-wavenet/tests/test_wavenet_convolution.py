"""The fast ways to convolve give what ``conv1d`` gives."""

from __future__ import annotations

import pytest
import torch

from nam_plugin_wavenet.layers import Conv


@pytest.mark.parametrize("dilation", [1, 15, 16, 37])
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize("extra", [0, 1, 40])
def test_convolves_as_torch_does(dilation, groups, kernel, extra):
    torch.manual_seed(0)
    conv = Conv(4, 6, kernel, dilation=dilation, groups=groups)
    x = torch.randn(2, 4, 1 + (kernel - 1) * dilation + extra)
    expected = torch.nn.functional.conv1d(x, conv.weight, conv.bias, dilation=dilation, groups=groups)
    torch.testing.assert_close(conv(x), expected, rtol=1e-4, atol=1e-5)
