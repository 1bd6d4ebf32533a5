"""
The process of a training: it runs a command of ``nam-kernel``, and says in files that it does.

``python -m nam_plugin_studio.job FOLDER COMMAND...``, started by ``jobs``. While it lives it holds the lock
``job.lock`` in the folder, which the system lets go of however it ends; ``job.json`` says what it does, and at the
end its exit code. So any studio finds it again, also one that was started later.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from filelock import FileLock, Timeout

from nam_kernel.files import atomic_write, atomic_write_text

FILE, LOCK = "job.json", "job.lock"
_PROBED = 1.0

TAKEN = 75
"""The exit code where another process is training in the folder (EX_TEMPFAIL of sysexits.h)."""


def main(folder: Path, command: list[str]) -> int:
    """Run a command in the name of a folder; return its exit code."""
    lock = FileLock(folder / LOCK)
    try:
        # A studio that looks whether it is held holds it for a moment.
        lock.acquire(timeout=_PROBED, poll_interval=0.02)
    except Timeout:
        return TAKEN
    signal.signal(signal.SIGTERM, _stop)
    told = {"process": os.getpid(), "command": command, "began": time.time()}
    atomic_write_text(folder / FILE, json.dumps(told) + "\n")
    code = 1
    try:
        from nam_kernel.cli.main import main as nam_kernel

        code = nam_kernel(command)
        _copy_model(folder)
    except KeyboardInterrupt:
        code = 128 + signal.SIGTERM
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        atomic_write_text(folder / FILE, json.dumps({**told, "ended": time.time(), "code": code}) + "\n")
        lock.release()
    return code


def _stop(_number: int, _frame: FrameType | None) -> None:
    """End what comes before the training, which handles the signal itself."""
    raise KeyboardInterrupt


def _copy_model(folder: Path) -> None:
    """Have the model beside its training also after it was resumed."""
    newest = folder / "model" / "model.nam"
    if newest.is_file():
        with atomic_write(folder / "model.nam") as temporary:
            shutil.copyfile(newest, temporary)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
