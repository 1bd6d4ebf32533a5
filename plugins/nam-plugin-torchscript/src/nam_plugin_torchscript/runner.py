"""Play a TorchScript file in a process of its own that has torch and nothing of this project, to prove the file."""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import sys
import tempfile
import weakref
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from nam_kernel.errors import ModelFileError

Samples = npt.NDArray[np.float32]

PROGRAM = Path(__file__).with_name("alone.py")


class Player:
    """
    A file, played by a process that ends with this object.

    :raises ModelFileError: when there is no such file
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise ModelFileError(f"{path}: there is no such file")
        self._path = path
        self._streams = itertools.count()
        self._told = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the process)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(PROGRAM), str(path.resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._told,
        )
        self._end = weakref.finalize(self, _end, self._process, self._told)

    def __call__(self, x: npt.ArrayLike, *conditions: npt.ArrayLike) -> Samples:
        """Return the output for a whole signal, (L,) to (L,); a condition is a number, or (L,)."""
        return self.ask(x, conditions, None)

    def stream(self) -> Stream:
        """Return a new stream, before its first sample."""
        return Stream(self, next(self._streams))

    def close(self) -> None:
        """End the process."""
        self._end()

    def ask(self, x: npt.ArrayLike, conditions: tuple[npt.ArrayLike, ...], stream: int | None) -> Samples:
        """
        Return what the process answers.

        :raises ModelFileError: when it cannot play the file
        """
        audio = np.asarray(x, dtype=np.float32)
        rows = [audio, *(np.broadcast_to(np.asarray(c, np.float32), audio.shape) for c in conditions)]
        request = {"stream": stream, "length": len(audio), "knobs": len(conditions)}
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None
        assert answers is not None
        with contextlib.suppress(BrokenPipeError):
            requests.write(json.dumps(request).encode() + b"\n" + np.stack(rows).tobytes())
            requests.flush()
        line = answers.readline()
        if not line:
            raise RuntimeError(f"{self._path.name} cannot be played with torch alone: {self._last_words()}")
        head: dict[str, Any] = json.loads(line)
        if "error" in head:
            raise RuntimeError(f"{self._path.name} cannot be played with torch alone: {head['error']}")
        return np.frombuffer(answers.read(4 * head["length"]), dtype=np.float32)

    def _last_words(self) -> str:
        self._process.wait()
        self._told.seek(0)
        lines = self._told.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"the process ended with {self._process.returncode}"


class Stream:
    """A signal on its way through the file, block after block."""

    def __init__(self, player: Player, number: int) -> None:
        self._player = player
        self._number = number

    def feed(self, x: npt.ArrayLike, *conditions: npt.ArrayLike) -> Samples:
        """Return the output for the next samples, (l,) to (l,); a condition is a number, or (l,)."""
        return self._player.ask(x, conditions, self._number)


def runner(path: Path) -> Player:
    """
    Return a player of a file, which is another process with torch alone.

    :raises ModelFileError: when there is no such file
    """
    return Player(path)


def _end(process: subprocess.Popen[bytes], told: IO[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            if pipe is not None:
                pipe.close()
    process.kill()
    process.wait()
    told.close()
