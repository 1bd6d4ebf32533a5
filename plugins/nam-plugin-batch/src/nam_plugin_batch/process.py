"""Watch over the process that trains a row: start it, ask it to stop, and see how it ended."""

from __future__ import annotations

import contextlib
import os
import platform
import subprocess
import sys
import time
from typing import Any

from nam_plugin_batch.job import Job
from nam_plugin_batch.record import RowRecord

LOG = "batch.log"
"""What the training of a row says, in its folder."""

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_PATIENCE = 60.0


class RowProcess:
    """
    A process that trains one row.

    It does not hear Ctrl-C of the terminal, but ends as soon as this process closes its input, or is gone.

    :param job: the row; the number of its threads goes into the environment of the process
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        job.folder.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, **dict.fromkeys(_THREADS, str(job.threads))}
        record = RowRecord.read(job.folder) or RowRecord(name=job.name)
        with (job.folder / LOG).open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "nam_plugin_batch.worker"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=environment,
                **_apart(),
            )
        assert self._process.stdin is not None
        self._input = self._process.stdin
        self._stopping: float | None = None
        process: dict[str, str | int] = {"host": platform.node(), "id": self._process.pid}
        record.write(job.folder, state="running", told="", process=process)
        # Where it has ended already, the next look at it shows that.
        with contextlib.suppress(OSError):
            self._input.write(job.model_dump_json().encode() + b"\n")
            self._input.flush()

    def ended(self) -> bool:
        """Return whether the process has ended; one that does not stop when it is asked to is ended."""
        if self._stopping is not None and time.monotonic() > self._stopping + _PATIENCE:
            self._process.kill()
        if self._process.poll() is None:
            return False
        self._close()
        return True

    def stop(self) -> None:
        """Ask the process to stop, and to keep its best model."""
        if self._stopping is None:
            self._stopping = time.monotonic()
            self._close()

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._input.close()

    @property
    def reason(self) -> str:
        """Why the process ended, where the record of the row does not say it."""
        code = self._process.returncode
        if code is not None and code < 0:
            memory = " (was there too little memory?)" if code == -9 else ""
            return f"its process was ended by signal {-code}{memory}"
        return f"its process ended with code {code}; {self.job.name}/{LOG} says more"


def _apart() -> dict[str, Any]:
    """Return how a process is started that the terminal's Ctrl-C does not reach."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
