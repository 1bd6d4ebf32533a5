"""What sets its weights from part of an array."""

from __future__ import annotations

import abc
from collections.abc import Sequence


class ImportsWeights(abc.ABC):
    """Base of what sets its weights from an array that may hold more."""

    @abc.abstractmethod
    def import_weights(self, weights: Sequence[float], i: int) -> int:
        """
        Set the weights, and return the position after them.

        :param i: where they begin in the array
        """
