"""The weights of a document, taken in the order in which it holds them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


class Weights:
    """
    A position in the list of weights.

    :param numbers: the list, or an array
    """

    def __init__(self, numbers: Any) -> None:
        self._values: Array = np.asarray(numbers, dtype=np.float32)
        self._taken = 0

    def take(self, *shape: int) -> Array:
        """
        Return the next weights as an array of this shape, the last dimension running fastest.

        :raises ValueError: when there are not so many left
        """
        start = self._taken
        self._taken += math.prod(shape)
        if self._taken > len(self._values):
            raise ValueError(f"the config describes more weights than the {len(self._values)} that there are")
        return self._values[start : self._taken].reshape(shape)

    def require_all_taken(self) -> None:
        """
        Refuse weights that the config has no use for.

        :raises ValueError: with both counts
        """
        if self._taken != len(self._values):
            raise ValueError(f"the config describes {self._taken} weights, and there are {len(self._values)}")
