"""What sets its weights from a part of an array."""

from __future__ import annotations

import abc
from collections.abc import Sequence


class ImportsWeights(abc.ABC):
    """Sets its weights from an array that may hold more."""

    @abc.abstractmethod
    def import_weights(self, weights: Sequence[float], i: int) -> int:
        """
        Set the weights.

        :param i: where they begin in the array
        :return: the position after them
        """
