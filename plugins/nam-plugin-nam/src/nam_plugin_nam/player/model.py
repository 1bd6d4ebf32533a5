"""What can be played: a model takes blocks of samples, returns as many, and keeps its state in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float64]
"""Channels over time, (C, l)."""

Config = Mapping[str, Any]
"""The ``config`` of a model document, or an object inside of it."""


class Model(Protocol):
    """
    One model on its way through one signal.

    The first sample of the first block stands for the silence that has lasted since before the signal began: a
    model takes from it the state in which a player begins, and every stage after it hears what it makes of that.
    """

    inputs: int
    """Channels that it takes: the audio, then its conditions."""

    outputs: int
    """Channels that it returns."""

    def __call__(self, x: Signal) -> Signal:
        """
        Return the next samples.

        :param x: (inputs, l), l >= 1
        :return: (outputs, l)
        """
        ...


Nested = Callable[[Any], Model]
"""From a whole model document, found inside another one, to its model."""


def require(fact: bool, otherwise: str) -> None:
    """
    Refuse a document that contradicts itself.

    :raises ValueError: with the sentence ``otherwise``
    """
    if not fact:
        raise ValueError(otherwise)
