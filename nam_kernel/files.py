"""Write files atomically: beside the target, then renamed onto it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


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


def _set_usual_mode(path: Path) -> None:
    """Undo the private mode of a temporary file: what the umask leaves of 0666."""
    umask = os.umask(0)
    os.umask(umask)
    path.chmod(0o666 & ~umask)
