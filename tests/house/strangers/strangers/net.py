"""A clipper behind a filter, with two knobs."""

import torch

from nam_kernel import BaseNet, Condition
from nam_kernel.interfaces import over_time


class Shaper(BaseNet):
    conditions = (Condition("drive", 1, 10, 2), Condition("tone", 0.1, 1, 0.5))

    def __init__(self, taps):
        super().__init__()
        self.filter = torch.nn.Conv1d(1, 1, taps, bias=False)
        self.level = torch.nn.Parameter(torch.ones(1))

    @classmethod
    def init_from_config(cls, config):
        return cls(config.taps)

    @property
    def receptive_field(self):
        return self.filter.kernel_size[0]

    def export_config(self):
        return {"taps": self.receptive_field}

    def compute(self, x, *conditions):
        drive, tone = over_time(x, conditions, 2)[..., self.receptive_field - 1 :].unbind(1)
        return self.level * tone * torch.tanh(drive * self.filter(x[:, None])[:, 0])
