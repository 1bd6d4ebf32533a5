"""The weights of a document, taken one group after the other in the order in which the file holds them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nam_plugin_nam.player.model import Signal, require


class Weights:
    """
    A position in the list of weights.

    :param numbers: the list; each number is rounded to float32 first, as players keep it
    :raises ValueError: when one of them is no float32 number
    """

    def __init__(self, numbers: Any) -> None:
        with np.errstate(over="ignore"):
            self._values = np.asarray(numbers, dtype=np.float32).astype(np.float64)
        unusable = np.flatnonzero(~np.isfinite(self._values))
        if unusable.size:
            raise ValueError(f"weight {unusable[0]} is no number that float32 can hold")
        self._taken = 0

    def take(self, *shape: int) -> Signal:
        """
        Return the next weights as an array of this shape, the last axis running fastest.

        :raises ValueError: when there are not so many left
        """
        start, stop = self._taken, self._taken + math.prod(shape)
        require(stop <= self._values.size, f"it needs more weights than the {self._values.size} in the file")
        self._taken = stop
        return self._values[start:stop].reshape(shape)

    def require_all_taken(self) -> None:
        """
        Refuse weights that the config has no use for.

        :raises ValueError: with both counts
        """
        require(
            self._taken == self._values.size, f"it needs {self._taken} weights, and the file has {self._values.size}"
        )
