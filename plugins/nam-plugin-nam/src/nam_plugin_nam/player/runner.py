"""Play a ``.nam`` file as a player would, whole or block by block, to prove what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nam_kernel.errors import ModelFileError
from nam_plugin_nam.opening import read_json
from nam_plugin_nam.player.architectures import model_of
from nam_plugin_nam.player.model import Signal

Samples = npt.NDArray[np.float64]
"""One channel over time, (l,)."""

CHUNK = 8192
"""Samples of a whole signal that go through the model at once, which keeps it in the processor's cache."""


class Stream:
    """
    A signal on its way through a model, from a warmed-up start: silence before the audio.

    A condition has had its first value before, except where a file holds the state to begin with (``CatLSTM``).
    """

    def __init__(self, document: Any) -> None:
        self._model = model_of(document)
        self._has_begun = False

    def feed(self, x: npt.ArrayLike, *conditions: npt.ArrayLike) -> Samples:
        """
        Return the output for the next samples, (l,) in float64.

        :param x: (l,)
        :param conditions: signals (l,) or (C, l), or constants: a number, (C,) or (C, 1); together as many
            channels as the model takes beside the audio. C numbers in a block of C samples are a signal.
        :raises ValueError: when they are not
        """
        audio = _audio(x)
        heard = np.concatenate((audio[None], *(_over_time(condition, len(audio)) for condition in conditions)))
        given, taken = len(heard) - 1, self._model.inputs - 1
        if given != taken:
            raise ValueError(f"the model takes {taken} conditions beside the audio, and was given {given}")
        if not len(audio):
            return audio
        if self._has_begun:
            played: Samples = self._model(heard)[0]
            return played
        self._has_begun = True
        silence = heard[:, :1].copy()
        silence[0] = 0.0
        return self._model(np.concatenate((silence, heard), axis=1))[0, 1:]


class Player:
    """
    A file that can be played any number of times.

    :param document: what the file holds
    :raises ModelFileError: when it cannot be played here
    """

    def __init__(self, document: Any) -> None:
        self._document = document
        outputs = model_of(document).outputs
        if outputs != 1:
            raise ModelFileError(f"the model gives {outputs} channels, and a player plays one; it stays unproven")

    def __call__(self, x: npt.ArrayLike, *conditions: npt.ArrayLike) -> Samples:
        """Return the output for a whole signal, (L,) to (L,); conditions as in ``Stream.feed``."""
        audio = _audio(x)
        moving = [_over_time(condition, len(audio)) for condition in conditions]
        stream = self.stream()
        pieces = [
            stream.feed(audio[start : start + CHUNK], *(signal[:, start : start + CHUNK] for signal in moving))
            for start in range(0, max(len(audio), 1), CHUNK)
        ]
        return np.concatenate(pieces)

    def stream(self) -> Stream:
        """Return a new stream, before its first sample."""
        return Stream(self._document)


def runner(path: Path) -> Player:
    """
    Return a player of a file, written with numpy alone.

    :raises ModelFileError: when the file cannot be read, or holds what has no independent player
    """
    document = read_json(path)
    try:
        return Player(document)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from error


def _audio(x: npt.ArrayLike) -> Samples:
    audio: Samples = np.asarray(x, dtype=np.float64)
    if audio.ndim != 1:
        raise ValueError(f"the audio is of shape {audio.shape}; a player takes one channel, (l,)")
    return audio


def _over_time(given: npt.ArrayLike, length: int) -> Signal:
    """Return a condition as (C, l), a constant held."""
    condition: Signal = np.asarray(given, dtype=np.float64)
    if condition.ndim == 1 and len(condition) == length:
        return condition[None]
    held = condition[:, None] if condition.ndim == 1 else np.atleast_2d(condition)
    if held.ndim != 2 or held.shape[1] not in (1, length):
        raise ValueError(f"a condition is of shape {condition.shape}, which does not go with {length} samples of audio")
    return np.broadcast_to(held, (len(held), length))
