"""Play a file as a host of RTNeural does, with numpy alone, to prove what was written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nam_kernel import Condition
from nam_kernel.errors import ModelFileError
from nam_plugin_rtneural import content
from nam_plugin_rtneural.knobs import conditions_in, positions
from nam_plugin_rtneural.model import Array, Model, factor

SILENCE = 2048
"""Samples of it that a host plays after it has loaded a file, before the first sample."""

SETTLING, PIECE = 96_000, 512
"""Samples of silence in which a state settles at most, and after which it is looked at."""


class Cells:
    """
    The LSTM layer in single precision weights, from zeros on (Hochreiter and Schmidhuber, 1997).

    ``c' = f c + i g``, ``h' = o tanh(c')``, the gates sigmoids and g a tanh of ``x W + h U + b``.
    """

    def __init__(self, model: Model) -> None:
        units = model.units
        kernel, recurrent, bias = (
            a.astype(np.float32).astype(np.float64) for a in (model.kernel, model.recurrent, model.bias)
        )
        # sigmoid(v) = (1 + tanh(v / 2)) / 2, so that one tanh serves the four gates.
        self._scale = np.repeat([0.5, 0.5, 1.0, 0.5], units)
        self._shift = np.repeat([0.5, 0.5, 0.0, 0.5], units)
        self._kernel, self._bias = kernel * self._scale, bias * self._scale
        self._recurrent = np.ascontiguousarray((recurrent * self._scale).T)
        self._units = units
        self.hidden: Array = np.zeros(units)
        self.cell: Array = np.zeros(units)

    def __call__(self, heard: Array) -> Array:
        """Return the hidden states, (l, H), for the audio and its knobs, (l, D)."""
        n, h, c = self._units, self.hidden, self.cell
        states = np.empty((len(heard), n))
        for time, drive in enumerate(heard @ self._kernel + self._bias):
            gates = self._scale * np.tanh(drive + self._recurrent @ h) + self._shift
            c = gates[n : 2 * n] * c + gates[:n] * gates[2 * n : 3 * n]
            h = gates[3 * n :] * np.tanh(c)
            states[time] = h
        self.hidden, self.cell = h, c
        return states


class Stream:
    """A signal on its way through a file, block after block."""

    def __init__(self, model: Model, conditions: Sequence[Condition]) -> None:
        self._model = model
        self._conditions = conditions
        self._cells = Cells(model)
        self._has_begun = False

    def feed(self, x: npt.ArrayLike, *conditions: npt.ArrayLike) -> Array:
        """
        Return the output for the next samples, (l,) to (l,).

        :param conditions: for each knob of the file a number or (l,), in the units that the file says it has
        :raises ValueError: when there are more or fewer
        """
        audio: Array = np.asarray(x, dtype=np.float64)
        if audio.ndim != 1 or len(conditions) != len(self._conditions):
            raise ValueError(
                f"the audio is of shape {audio.shape} with {len(conditions)} conditions; the file takes one channel, "
                f"(l,), and {len(self._conditions)} conditions"
            )
        if not len(audio):
            return audio
        values = [np.broadcast_to(np.asarray(c, np.float64), audio.shape) for c in conditions]
        loud = audio * factor(self._model.in_gain)
        heard = np.stack((loud, *positions(values, self._conditions)), axis=1)
        if not self._has_begun:
            self._has_begun = True
            silence = np.repeat(heard[:1], SILENCE, axis=0)
            silence[:, 0] = 0.0
            self._cells(silence)
        y: Array = self._cells(heard) @ self._model.head.astype(np.float32) + np.float32(self._model.offset)
        return (y + loud if self._model.skip else y) * factor(self._model.out_gain)


class Player:
    """
    A file that can be played any number of times.

    :raises ModelFileError: when its metadata does not fit its knobs
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._conditions = conditions_in(model.metadata, model.inputs - 1)

    def __call__(self, x: npt.ArrayLike, *conditions: npt.ArrayLike) -> Array:
        """Return the output for a whole signal, (L,) to (L,); conditions as in ``Stream.feed``."""
        return self.stream().feed(x, *conditions)

    def stream(self) -> Stream:
        """Return a new stream, before its first sample."""
        return Stream(self._model, self._conditions)


def runner(path: Path) -> Player:
    """
    Return a player of a file.

    :raises ModelFileError: when it cannot be read, or holds another net than an LSTM of one layer
    """
    model = content.read(path)
    try:
        return Player(model)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from error


def settled(model: Model, conditions: Sequence[Condition]) -> tuple[Array, Array]:
    """Return the hidden and the cell state, (H,), to which zeros settle on silence, the knobs at their defaults."""
    cells = Cells(model)
    defaults = [np.array([c.low if c.default is None else c.default], np.float64) for c in conditions]
    silence = np.repeat(np.stack((np.zeros(1), *positions(defaults, conditions)), axis=1), PIECE, axis=0)
    for _ in range(0, SETTLING, PIECE):
        before = np.concatenate((cells.hidden, cells.cell))
        cells(silence)
        if np.abs(np.concatenate((cells.hidden, cells.cell)) - before).max() <= 1e-12:
            break
    return cells.hidden, cells.cell
