"""Trainings as processes of their own: started, stopped, and found again by the files that they leave."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from nam_kernel import plugins
from nam_kernel.errors import NamKernelError, UserError
from nam_kernel.files import writing_to
from nam_plugin_studio import job
from nam_plugin_studio.facts import Choices, Facts
from nam_plugin_studio.projects import MODEL, Project

LOG = "training.txt"
"""What the process printed."""

_STOP = "stop"
"""A mark in the folder: the user asked for the end, which a killed process cannot tell."""

_PATIENCE = 30.0
"""Seconds in which a process has to say that it runs."""

_DETACHED = 0
if sys.platform == "win32":
    _DETACHED = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW

_probing = threading.Lock()
"""Two probes at once would take each other for the process."""


@dataclass(frozen=True)
class Job:
    """
    The last process of a run.

    :param running: whether it lives
    :param began: in seconds since 1970
    :param code: its exit code, None while it runs and where it was killed
    :param stopping: whether it was asked to end
    """

    running: bool
    process: int
    began: float
    code: int | None
    stopping: bool


def state(project: Project) -> Job | None:
    """Return the last process of a run; None where there never was one."""
    # First the lock, then what it says: it may end in between, and has then said so.
    running = _is_held(project.folder / job.LOCK)
    try:
        told = json.loads((project.folder / job.FILE).read_text(encoding="utf-8"))
        process, began = int(told["process"]), float(told["began"])
        code = told.get("code")
    except (OSError, ValueError, KeyError, TypeError):
        return None
    running = running and "ended" not in told
    stopping = (project.folder / _STOP).exists()
    return Job(running, process, began, code if isinstance(code, int) else None, stopping)


def train(project: Project, choices: Choices) -> None:
    """
    Start the training of a run.

    :raises UserError: when one is going on
    """
    _require_idle(project)
    facts = project.update(choices=choices)
    _start(project, _capture(project, facts, choices))


def resume(project: Project, epochs: int | None) -> None:
    """
    Go on with the training of a run.

    :param epochs: that are complete at its end, those before included; None for as many as were planned
    :raises UserError: when there is nothing to go on with, or it is going on
    """
    if not project.begun:
        raise UserError("there is no training yet to go on with; start one")
    _require_idle(project)
    more = [] if epochs is None else [f"--epochs={epochs}"]
    _start(project, ["resume", str(project.training), *more])


def stop(project: Project) -> None:
    """Ask the training of a run to end; the best model so far is kept."""
    now = state(project)
    if now is None or not now.running:
        return
    with writing_to(project.folder):
        (project.folder / _STOP).touch()
    with contextlib.suppress(ProcessLookupError):
        os.kill(now.process, signal.SIGTERM)


def last_words(project: Project, lines: int = 40) -> str:
    """Return the end of what the process of a run printed."""
    file = project.own(project.folder / LOG)
    if file is None:
        return ""
    text = file.read_text(encoding="utf-8", errors="replace")
    return "\n".join(line.rpartition("\r")[2] for line in text.splitlines()[-lines:])


def _capture(project: Project, facts: Facts, choices: Choices) -> list[str]:
    """Return the command that trains a run; values are joined to their options, so that none is taken for one."""
    from nam_plugin_capture import METADATA

    files = [str(project.recording(role)) for role in ("di", "amp")]
    given: dict[str, object] = {"size": choices.size, "epochs": choices.epochs, "minutes": choices.minutes}
    given |= {"delay": facts.delay, "di-channel": facts.recordings["di"].channel}
    given |= {"amp-channel": facts.recordings["amp"].channel}
    said = {"name": facts.name, **choices.metadata}
    given |= {METADATA[key][0].removeprefix("--"): value for key, value in said.items() if key in METADATA}
    options = [f"--{name}={value}" for name, value in given.items() if value is not None]
    anyway = ["--anyway"] if choices.anyway else []
    # --force keeps an earlier training, one that failed before it began, under another name.
    return ["capture", *files, str(project.folder / MODEL), *options, *anyway, "--force"]


def _require_idle(project: Project) -> None:
    now = state(project)
    if now is not None and now.running:
        raise UserError("this run is being trained already")


def _start(project: Project, command: Sequence[str]) -> None:
    without = [word for name in plugins.blocked() for word in ("-p", f"no:{name}")]
    # -P: the folder it runs in holds nothing to be imported.
    call = [sys.executable, "-P", "-m", "nam_plugin_studio.job", str(project.folder), *without, *command]
    with writing_to(project.folder):
        (project.folder / _STOP).unlink(missing_ok=True)
        with (project.folder / LOG).open("wb") as log:
            child = subprocess.Popen(
                call,
                cwd=project.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                # It goes on when the studio ends, and hears no Ctrl-C of its terminal.
                start_new_session=True,
                creationflags=_DETACHED,
            )
    # Somebody has to take note of its end, or it stays in the system's table as long as the studio lives.
    threading.Thread(target=child.wait, daemon=True).start()
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        told = state(project)
        if told is not None and told.process == child.pid:
            return
        if child.poll() is not None:
            break
        time.sleep(0.05)
    if child.returncode == job.TAKEN:
        raise UserError("this run is being trained already")
    raise NamKernelError(f"the training did not start: {last_words(project, 3) or 'it said nothing'}")


def _is_held(lock: Path) -> bool:
    if not lock.exists():
        return False
    with _probing:
        probe = FileLock(lock)
        try:
            probe.acquire(timeout=0)
        except Timeout:
            return True
        probe.release()
    return False
