"""
The process that trains one row: ``python -m nam_plugin_batch.worker``.

Its standard input is its line to the process that started it: first comes the job, in one line of JSON; the end of the
input asks it to stop, and is also what it sees when that other process is gone. So no row goes on alone, on any system.
"""

from __future__ import annotations

import _thread
import os
import shutil
import signal
import sys
import threading
import time

from filelock import FileLock, Timeout

from nam_plugin_batch.job import Job
from nam_plugin_batch.record import RowRecord

LOCK = "batch.lock"
"""In the folder of a row; held by the process that trains it."""

PATIENCE = 60.0
"""Seconds in which the process that had the row before ends, once it is asked to or its computer is lost."""

_STDIN = 0


def main() -> int:
    """Train the row that the standard input names; how it ended is in its record."""
    job = Job.model_validate_json(_first_line())
    _hear_signals()
    threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        with FileLock(job.folder / LOCK, timeout=PATIENCE):
            _train(job)
    except Timeout:
        record = RowRecord.read(job.folder) or RowRecord(name=job.name)
        print(f"another process is training this row: {record.process}")
        return 1
    except KeyboardInterrupt:
        (RowRecord.read(job.folder) or RowRecord(name=job.name)).write(job.folder, state="interrupted")
    finally:
        # Whoever made it does the same, unless it was lost.
        if job.scratch is not None:
            shutil.rmtree(job.scratch, ignore_errors=True)
    return 0


def _train(job: Job) -> None:
    from nam_kernel import plugins
    from nam_plugin_batch.train import train_row

    print(f"\n{time.strftime('%Y-%m-%d %H:%M:%S')}: {'goes on' if job.resume else 'begins'}", flush=True)
    if job.without:
        plugins.use(without=job.without)
    train_row(job)


def _hear_signals() -> None:
    """Hear Ctrl-C, also where the process was started by one that is deaf to it, as a worker of a cluster is."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})


def _first_line() -> bytes:
    """Return the first line; read without a buffer, which a thread would hold when the process ends."""
    line = bytearray()
    while not line.endswith(b"\n"):
        piece = os.read(_STDIN, 1)
        if not piece:
            break
        line += piece
    return bytes(line)


def _end_with_input() -> None:
    """Wait for the end of the input, then do what Ctrl-C does."""
    while os.read(_STDIN, 1024):
        pass
    if hasattr(signal, "pthread_kill"):
        # A real signal wakes the main thread where it waits for something.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()


if __name__ == "__main__":
    sys.exit(main())
