"""The folder of a studio: made where it is not there, open in one studio at a time, with the token of its page."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from nam_kernel.errors import UserError
from nam_kernel.files import atomic_write, atomic_write_text, expanded

PRIVATE = ".studio"
"""The folder in it with what is the studio's own."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,}")


class Home:
    """
    The folder of a studio.

    :param folder: absolute; runs are the folders in it
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._private = folder / PRIVATE

    @classmethod
    def make(cls, given: str | os.PathLike[str]) -> Home:
        """
        Return the home in a folder, which is made where it is not there.

        :raises UserError: when it cannot be made, or nothing can be written in it
        """
        folder = expanded(given)
        if folder.exists() and not folder.is_dir():
            raise UserError(f"{folder} is a file; name a folder for the studio")
        home = cls(folder.resolve())
        try:
            home._private.mkdir(parents=True, exist_ok=True, mode=0o700)
            with atomic_write(home._private / "probe"):
                pass
            (home._private / "probe").unlink()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise UserError(f"{folder} cannot be written ({why}); name another folder for the studio") from None
        return home

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """
        Keep every other studio out of the folder while the block runs.

        :raises UserError: when another one is open in it
        """
        lock, owner = FileLock(self._private / "lock"), self._private / "process"
        try:
            lock.acquire(timeout=0)
        except Timeout:
            told = _text(owner)
            which = f" (process {told})" if told else ""
            raise UserError(
                f"{self.folder} is open in another studio{which}; use its window, or end it, or name another folder"
            ) from None
        try:
            atomic_write_text(owner, f"{os.getpid()}\n")
            yield
        finally:
            owner.unlink(missing_ok=True)
            lock.release()

    def token(self) -> str:
        """Return the token of the page; the same after a restart, so that an open window goes on."""
        file = self._private / "token"
        kept = _text(file)
        if _TOKEN.fullmatch(kept):
            return kept
        token = secrets.token_urlsafe(32)
        file.unlink(missing_ok=True)
        # Nobody but the user may read it, from the first moment on.
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(token)
        return token

    @property
    def port(self) -> int:
        """The port of the last time, or 0; windows that are still open come back to it."""
        kept = _text(self._private / "port")
        return int(kept) if kept.isdecimal() and int(kept) < 65536 else 0

    @port.setter
    def port(self, port: int) -> None:
        atomic_write_text(self._private / "port", f"{port}\n")


def _text(file: Path) -> str:
    """Return what a small file says; empty where it is not there."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""
