"""The weights of a document, taken in the order in which it holds them."""

import math
from typing import Any

import torch
from torch import Tensor


class Weights:
    """
    A position in the list of weights.

    :param numbers: the list, or an array
    """

    def __init__(self, numbers: Any) -> None:
        self._values = torch.as_tensor(numbers, dtype=torch.float32)
        self._taken = 0

    def take(self, *shape: int) -> Tensor:
        """
        Return the next weights as a tensor of this shape, the last dimension running fastest.

        :raises ValueError: when there are not so many left
        """
        start = self._taken
        self._taken += math.prod(shape)
        if self._taken > len(self._values):
            raise ValueError(f"the config describes more weights than the {len(self._values)} that there are")
        return self._values[start : self._taken].reshape(shape).clone()

    def require_all_taken(self) -> None:
        """
        Refuse weights that the config has no use for.

        :raises ValueError: with both counts
        """
        if self._taken != len(self._values):
            raise ValueError(f"the config describes {self._taken} weights, and there are {len(self._values)}")
