"""A learning rate that rises for a moment, then falls to nothing along a cosine, over the whole training."""

from __future__ import annotations

import math

import torch
from torch.optim.lr_scheduler import LRScheduler


class WarmupCosine(LRScheduler):
    """
    Multiplies the optimizer's ``lr`` by a factor that rises linearly to 1, then falls as half a cosine to 0.

    :param optimizer: whose groups are scheduled
    :param total_steps: of the training
    :param warmup: the share of them in which the rate rises, 0 to 1
    :raises ValueError: when either is out of range
    """

    def __init__(
        self, optimizer: torch.optim.Optimizer, total_steps: int, warmup: float = 0.05, last_epoch: int = -1
    ) -> None:
        if isinstance(total_steps, bool) or not isinstance(total_steps, int) or total_steps < 1:
            raise ValueError(f"total_steps is {total_steps!r}; expected a positive whole number")
        if not 0 <= warmup < 1:
            raise ValueError(f"warmup is {warmup!r}; expected a share of the steps, at least 0 and below 1")
        self.total_steps = total_steps
        self.warmup = warmup
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float | torch.Tensor]:
        """Return the rate of each group in the step that comes next."""
        return [rate * self.factor(self.last_epoch) for rate in self.base_lrs]

    def factor(self, step: int) -> float:
        """Return the factor in a step, counted from 0; after the last it is 0."""
        rising = self.warmup * self.total_steps
        if step < rising:
            return (step + 1) / (math.floor(rising) + 1)
        done = min(1.0, (step - rising) / (self.total_steps - rising))
        return 0.5 * (1 + math.cos(math.pi * done))
