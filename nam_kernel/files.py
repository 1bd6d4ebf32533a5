"""Write files atomically, beside the target and then renamed onto it; and tell why one cannot be written."""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nam_kernel.errors import UserError


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """
    Yield a temporary path in the same folder; rename it onto ``path`` when the block ends well.

    When the block raises, ``path`` is as it was before and the temporary file is gone.
    """
    path = Path(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _set_usual_mode(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def atomic_write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` in UTF-8, all of it or nothing."""
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """
    Tell the user when a folder cannot be written to in the block; any other ``OSError`` passes.

    :raises UserError: when the disk is full or read-only, or the error names a file in the folder
    """
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
        if not full and not str(error.filename or "").startswith(str(folder)):
            raise
        raise UserError(f"{folder}: {error.strerror or error}; what was finished is kept there") from error


def expanded(path: str | os.PathLike[str]) -> Path:
    """
    Return a path that the user gave, absolute and with ``~`` expanded.

    :raises UserError: when there is no such home
    """
    try:
        return Path(os.fspath(path)).expanduser().absolute()
    except RuntimeError as error:
        raise UserError(f"{os.fspath(path)}: {error}") from None


def _set_usual_mode(path: Path) -> None:
    """Undo the private mode of a temporary file: what the umask leaves of 0666."""
    umask = os.umask(0)
    os.umask(umask)
    path.chmod(0o666 & ~umask)
