"""
A player of the files that has no code in common with the nets, by which the kernel proves what was written.

It knows the FIR filters among them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from nam_devkit.examples.exporter.exporter import content
from nam_kernel.errors import UserError

Signal = npt.NDArray[np.float64]


class Player:
    """
    Plays an FIR filter whole or in blocks.

    :param taps: by which the newest sample, the one before it ... are multiplied
    :param offset: is added to every output sample
    """

    def __init__(self, taps: Signal, offset: float) -> None:
        self._taps, self._offset = taps, offset
        self._heard: Signal = np.zeros(len(taps) - 1)

    def __call__(self, x: Signal) -> Signal:
        """Return the output for a whole signal that silence precedes: (L,) for (L,)."""
        return self.stream().feed(x)

    def stream(self) -> Player:
        """Return a player that has heard nothing yet."""
        return Player(self._taps, self._offset)

    def feed(self, x: Signal) -> Signal:
        """Return the output that belongs to the next samples: (l,) for (l,)."""
        heard: Signal = np.concatenate((self._heard, x))
        self._heard = heard[len(x) :]
        y: Signal = np.convolve(heard, self._taps, "valid") + self._offset
        return y


def runner(path: Path) -> Player:
    """
    Return a player of a file.

    :raises UserError: when it holds anything but an FIR filter
    """
    document = content(path)
    weights = document["weights"].astype(np.float64)
    if document["config"] != {"taps": len(weights) - 1}:
        raise UserError(f"the player knows FIR filters only, and {path.name} holds a {document['architecture']}")
    return Player(weights[-2::-1], float(weights[-1]))
