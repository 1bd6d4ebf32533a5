"""Play ONNX files with ONNX Runtime, which knows nothing of this project, to prove them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nam_kernel.errors import ModelFileError
from nam_plugin_onnx.sessions import session_of

Samples = npt.NDArray[np.float32]


class Player:
    """A file for whole signals."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def __call__(self, x: npt.ArrayLike, *conditions: npt.ArrayLike) -> Samples:
        """Return the output for a whole signal, (L,) to (L,); a condition is a number, or (L,)."""
        played: Samples = self._session.run(["output"], inputs_of(x, conditions))[0][0]
        return played


class StreamPlayer(Player):
    """A file for whole signals, with one for blocks beside it."""

    def __init__(self, session: Any, blocks: Any) -> None:
        super().__init__(session)
        self._blocks = blocks

    def stream(self) -> Stream:
        """Return a new stream, before its first sample."""
        return Stream(self._blocks)


class BlockPlayer:
    """A file for blocks alone; to it a whole signal is one block."""

    def __init__(self, blocks: Any) -> None:
        self._blocks = blocks

    def __call__(self, x: npt.ArrayLike, *conditions: npt.ArrayLike) -> Samples:
        """Return the output for a whole signal, (L,) to (L,); a condition is a number, or (L,)."""
        return self.stream().feed(x, *conditions)

    def stream(self) -> Stream:
        """Return a new stream, before its first sample."""
        return Stream(self._blocks)


class Stream:
    """A signal on its way through a file for blocks: what comes out beside the output goes into the next call."""

    def __init__(self, session: Any) -> None:
        self._session = session
        shapes = {i.name: [n if isinstance(n, int) else 1 for n in i.shape] for i in session.get_inputs()}
        self._names = [name for name in shapes if name.startswith("state_")]
        self._states = [np.zeros(shapes[name], np.float32) for name in self._names]
        self._silence = int(session.get_modelmeta().custom_metadata_map.get("silence", "0"))

    def feed(self, x: npt.ArrayLike, *conditions: npt.ArrayLike) -> Samples:
        """Return the output for the next samples, (l,) to (l,); a condition is a number, or (l,)."""
        silence, self._silence = self._silence, 0
        if silence:
            # It begins after silence with the knobs at their defaults, and these may be elsewhere.
            self.feed(np.zeros(silence, np.float32), *(np.asarray(c, np.float32).flat[0] for c in conditions))
        given = {**inputs_of(x, conditions), **dict(zip(self._names, self._states, strict=True))}
        output, *self._states = self._session.run(None, given)
        played: Samples = output[0]
        return played


def runner(path: Path) -> Player | BlockPlayer:
    """
    Return a player of a file; it plays in blocks where there is a file for that, too.

    :raises ModelFileError: when there is no such file, or ONNX Runtime cannot load it
    """
    session = _session(path)
    if any(given.name.startswith("state_") for given in session.get_inputs()):
        return BlockPlayer(session)
    beside = path.with_name(f"{path.stem}.stream{path.suffix}")
    return StreamPlayer(session, _session(beside)) if beside.is_file() else Player(session)


def inputs_of(x: npt.ArrayLike, conditions: tuple[npt.ArrayLike, ...]) -> dict[str, Samples]:
    """Return audio, (1, l), and where there are conditions the knobs, (1, K, l)."""
    audio = np.asarray(x, np.float32)
    if not conditions:
        return {"audio": audio[None]}
    rows = [np.broadcast_to(np.asarray(condition, np.float32), audio.shape) for condition in conditions]
    return {"audio": audio[None], "knobs": np.stack(rows)[None]}


def _session(path: Path) -> Any:
    if not path.is_file():
        raise ModelFileError(f"{path}: there is no such file")
    try:
        return session_of(str(path))
    except Exception as error:
        raise ModelFileError(f"{path} cannot be loaded by ONNX Runtime: {error}") from error
