"""What a loss is: a function of predictions and targets, lower is better, zero when they are equal."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class LossFunction(Protocol):
    """
    A loss.

    The target of a ``Loss`` record is such a function, whose keywords the config sets, or a class whose
    instances are such functions, made with the config as keywords.
    """

    def __call__(self, preds: Tensor, targets: Tensor) -> Tensor:
        """
        Compute the loss.

        :param preds: (B, L)
        :param targets: (B, L)
        :return: ()
        """
        ...
