"""
Start the other processes of a training on several devices.

Lightning's own launcher runs the program's command line again in every process, which would be a second run in
a second folder; here the other processes get the job itself and nothing else. The process that was started
by the user stays the one that writes and prints.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from nam_kernel.errors import TrainingError
from nam_kernel.interfaces import Job

_READY = b"ready"


def process_count(job: Job) -> int:
    """Count the processes that a job asks for; 1 in a process that was started by another one."""
    trainer = job.learning.trainer
    if "LOCAL_RANK" in os.environ or not str(trainer.get("strategy", "auto")).startswith("ddp"):
        return 1
    devices = trainer.get("devices", "auto")
    if isinstance(devices, list):
        return len(devices)
    if devices in ("auto", -1, "-1"):
        on_cpu = trainer.get("accelerator") == "cpu"
        return 1 if on_cpu else max(1, torch.cuda.device_count())
    return len(devices.split(",")) if isinstance(devices, str) and "," in devices else int(devices)


@contextlib.contextmanager
def other_processes(job: Job) -> Iterator[None]:
    """
    Run the other processes of the job while the block runs.

    :raises TrainingError: when the job cannot be sent to them, or one of them does not start
    """
    count = process_count(job)
    if count == 1:
        yield
        return
    with _process_group(), tempfile.TemporaryDirectory(prefix="nam-") as folder, contextlib.ExitStack() as stack:
        path = Path(folder) / "job"
        path.write_bytes(_packed(job))
        variables = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port()), "WORLD_SIZE": str(count)}
        started = []
        for rank in range(1, count):
            started.append(_start(path, {**variables, "LOCAL_RANK": str(rank)}))
            stack.callback(_end, started[-1])
        for process in started:
            _wait_until_ready(process)
        with _environment({**variables, "LOCAL_RANK": "0"}):
            yield
        for process in started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)


def take_part(path: Path) -> None:
    """Train as one of the other processes: write nothing, say nothing, end when the first one ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from nam_plugin_lightning.engine import LightningTrainer

    job: Job = replace(pickle.loads(path.read_bytes()), improved=_leave_it)
    sys.stdout.buffer.write(_READY)
    sys.stdout.buffer.close()
    with _process_group():
        LightningTrainer().fit(job)


def _leave_it(*_: object) -> None:
    """Not write the model: the first process does."""


def _packed(job: Job) -> bytes:
    try:
        return pickle.dumps(replace(job, improved=None))  # type: ignore[arg-type]
    except Exception as error:
        raise TrainingError(
            f"trainer.strategy: this training cannot be shared among processes, because a part of it cannot be "
            f"sent to them ({error}); leave out strategy and devices"
        ) from error


def _start(path: Path, variables: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "nam_plugin_lightning.launch", str(path)]
    search_path = os.pathsep.join(p or str(Path.cwd()) for p in sys.path)
    environment = {**os.environ, "PYTHONPATH": search_path, **variables}
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)


def _wait_until_ready(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    if process.stdout.read(len(_READY)) != _READY:
        raise TrainingError(
            "a process of the training on several devices did not start; its own message is above. "
            "Leave out trainer.strategy and trainer.devices to train in one process"
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _process_group() -> Iterator[None]:
    """Take apart what Lightning leaves behind for a next fit that does not come."""
    try:
        yield
    finally:
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


@contextlib.contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before: dict[str, Any] = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


if __name__ == "__main__":
    take_part(Path(sys.argv[1]))
