"""The stranger's net as one product of matrices; it notes each call beside this file."""

from pathlib import Path

import torch

from nam_kernel.interfaces import over_time

CALLS = Path(__file__).with_name("calls.txt")


class Fast:
    def __init__(self, net):
        self.net = net

    def __call__(self, x, *conditions, pad_start=None):
        if pad_start is not False:
            return self.net(x, *conditions, pad_start=pad_start)
        with CALLS.open("a") as file:
            file.write("learning\n" if torch.is_grad_enabled() else "listening\n")
        taps = self.net.filter.weight[0, 0]
        drive, tone = over_time(x, conditions, 2)[..., len(taps) - 1 :].unbind(1)
        return self.net.level * tone * torch.tanh(drive * (x.unfold(-1, len(taps), 1) @ taps))
