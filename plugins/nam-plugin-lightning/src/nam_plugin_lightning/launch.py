"""
Start the other processes of a training on several devices.

Lightning's own launcher runs the program's command line again in every process, which would be a second run in
a second folder; here the other processes get the very engine and job of the first one. The process that was started
by the user stays the one that writes and prints.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from nam_kernel import plugins
from nam_kernel.errors import NamKernelError, TrainingError
from nam_kernel.files import atomic_write
from nam_kernel.interfaces import BaseNet, BaseTrainer, Job, Progress
from nam_plugin_lightning.blame import told
from nam_plugin_lightning.workers import deaf_children, ignore_ctrl_c

_READY = b"ready"

_FAILED = "failed-"

_PATIENCE = 2.0
"""Seconds in which a process that failed writes down why."""


@dataclass(frozen=True)
class Assignment:
    """What a process needs to take part: the engine, and what its ``fit`` gets."""

    engine: BaseTrainer
    job: Job
    directory: Path
    resume: bool

    def run(self) -> None:
        """Train; the first process observes."""
        self.engine.fit(self.job, self.directory, _go_on, resume=self.resume)


@contextlib.contextmanager
def other_processes(count: int, assignment: Assignment) -> Iterator[None]:
    """
    Run the other processes of a training while the block runs.

    :param count: of all processes, this one included
    :raises TrainingError: when the assignment cannot be sent to them, or one of them does not start
    :raises NamKernelError: what one of them told before it ended
    """
    if count == 1:
        yield
        return
    with _process_group(), tempfile.TemporaryDirectory(prefix="nam-") as folder, contextlib.ExitStack() as stack:
        path = Path(folder) / "assignment"
        path.write_bytes(pack(assignment))
        variables = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port()), "WORLD_SIZE": str(count)}
        started = []
        for rank in range(1, count):
            started.append(_start(path, {**variables, "LOCAL_RANK": str(rank)}))
            stack.callback(_end, started[-1])
        for process in started:
            _wait_until_ready(process)
        with environment({**variables, "LOCAL_RANK": "0"}):
            try:
                yield
            except NamKernelError:
                raise
            except Exception as error:
                # What is seen here may be no more than the other one's silence.
                failure = _failure(Path(folder), started)
                if failure is None:
                    raise
                raise failure from error
        for process in started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)


def pack(assignment: Assignment) -> bytes:
    """
    Return an assignment for another process, with the names of the plugins that it must not load.

    :raises TrainingError: when a part of it cannot be sent
    """
    try:
        packed = pickle.dumps(assignment)
    except Exception as error:
        raise TrainingError(
            f"trainer.strategy: this training cannot be shared among processes, because a part of it cannot be "
            f"sent to them ({error}); leave out strategy and devices"
        ) from error
    return pickle.dumps((plugins.blocked(), packed))


def unpack(data: bytes) -> Assignment:
    """Return a packed assignment; the plugins are loaded first, because its parts may be of their classes."""
    blocked, packed = pickle.loads(data)
    # What is wrong with a plugin was told by the first process.
    logging.getLogger("nam_kernel").setLevel(logging.ERROR)
    plugins.use(without=blocked)
    plugins.current()
    assignment: Assignment = pickle.loads(packed)
    return assignment


def take_part(path: Path) -> None:
    """
    Train as one of the other processes: write nothing into the run's folder, print nothing, end when the first one
    ends it. A failure is left beside the assignment, for the first process to tell.
    """
    ignore_ctrl_c()
    assignment = unpack(path.read_bytes())
    sys.stdout.buffer.write(_READY)
    sys.stdout.buffer.close()
    try:
        with _process_group():
            assignment.run()
    except BaseException as error:
        failure = error if isinstance(error, NamKernelError) else TrainingError(f"the training failed: {told(error)}")
        with atomic_write(path.with_name(f"{_FAILED}{os.environ['LOCAL_RANK']}")) as temporary:
            temporary.write_bytes(pickle.dumps(failure))
        sys.exit(1)


def _go_on(_progress: Progress, _best: BaseNet | None) -> bool:
    """Do nothing; the first process writes the model and hears whether to stop."""
    return True


def _start(path: Path, variables: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _PROGRAM, str(path)]
    search_path = os.pathsep.join(p or str(Path.cwd()) for p in sys.path)
    variables_of_child = {**os.environ, "PYTHONPATH": search_path, **variables}
    with deaf_children():
        return subprocess.Popen(command, env=variables_of_child, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)


# Not ``-m``: run as a program, this module would be another one than that of the packed classes.
_PROGRAM = """
import sys
from pathlib import Path
from nam_plugin_lightning.launch import take_part
take_part(Path(sys.argv[1]))
"""


def _wait_until_ready(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    if process.stdout.read(len(_READY)) != _READY:
        raise TrainingError(
            "a process of the training on several devices did not start; its own message is above. "
            "Leave out trainer.strategy and trainer.devices to train in one process"
        )


def _failure(folder: Path, processes: list[subprocess.Popen[bytes]]) -> NamKernelError | None:
    """Return what one of the other processes told, waiting a moment for one that is ending."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and all(process.poll() is None for process in processes):
        time.sleep(0.05)
    for file in sorted(folder.glob(f"{_FAILED}*")):
        failure: NamKernelError = pickle.loads(file.read_bytes())
        return failure
    return None


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
    """Destroy the process group that Lightning leaves open for a further fit."""
    try:
        yield
    finally:
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


@contextlib.contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """Set variables of the environment while the block runs."""
    before: dict[str, Any] = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
