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
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from nam_kernel import plugins
from nam_kernel.errors import TrainingError
from nam_kernel.interfaces import BaseNet, BaseTrainer, Job, Progress

_READY = b"ready"


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


def process_count(trainer: Mapping[str, Any]) -> int:
    """
    Return the number of processes of a training; 1 in a process that was started by another one.

    :param trainer: parameters of Lightning's ``Trainer``
    """
    if "LOCAL_RANK" in os.environ or not str(trainer.get("strategy", "auto")).startswith("ddp"):
        return 1
    devices = trainer.get("devices", "auto")
    if isinstance(devices, list):
        return len(devices)
    if devices in (None, "auto", -1, "-1"):
        on_cpu = trainer.get("accelerator") == "cpu"
        return 1 if on_cpu else max(1, torch.cuda.device_count())
    return len(devices.split(",")) if isinstance(devices, str) and "," in devices else int(devices)


@contextlib.contextmanager
def other_processes(count: int, assignment: Assignment) -> Iterator[None]:
    """
    Run the other processes of a training while the block runs.

    :param count: of all processes, this one included
    :raises TrainingError: when the assignment cannot be sent to them, or one of them does not start
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
        with _environment({**variables, "LOCAL_RANK": "0"}):
            yield
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
    """Train as one of the other processes: write nothing, print nothing, end when the first one ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assignment = unpack(path.read_bytes())
    sys.stdout.buffer.write(_READY)
    sys.stdout.buffer.close()
    with _process_group():
        assignment.run()


def _go_on(_progress: Progress, _best: BaseNet | None) -> bool:
    """Do nothing; the first process writes the model and hears whether to stop."""
    return True


def _start(path: Path, variables: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _PROGRAM, str(path)]
    search_path = os.pathsep.join(p or str(Path.cwd()) for p in sys.path)
    environment = {**os.environ, "PYTHONPATH": search_path, **variables}
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)


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
