"""Noise through a clipper whose two knobs were turned before each item, listed in another order than the net's."""

import torch

from nam_kernel import BaseDataset, Condition


class Turned(BaseDataset):
    conditions = (Condition("tone", 0.1, 1), Condition("drive", 1, 10))
    sample_rate = 8000.0

    def __init__(self, config, nx):
        self.config, self._nx = config, nx
        dice = torch.Generator().manual_seed(config.seed)
        self.x = torch.rand(config.items, config.ny + nx - 1, generator=dice) - 0.5
        self.tone = 0.1 + 0.9 * torch.rand(config.items, generator=dice)
        self.drive = 1 + 9 * torch.rand(config.items, generator=dice)

    @classmethod
    def init_from_config(cls, config, *, nx):
        return cls(config, nx)

    @property
    def nx(self):
        return self._nx

    @property
    def ny(self):
        return self.config.ny

    def __len__(self):
        return self.config.items

    def __getitem__(self, index):
        x, tone, drive = self.x[index], self.tone[index], self.drive[index]
        return x, tone, drive, 0.5 * tone * torch.tanh(drive * x[self.nx - 1 :])
