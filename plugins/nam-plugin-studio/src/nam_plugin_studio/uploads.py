"""Receive a recording: its bytes are the body of the request, counted while they come, its name is in the address."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from nam_kernel.errors import DataError
from nam_kernel.files import writing_to
from nam_plugin_studio.answers import Refusal
from nam_plugin_studio.facts import Recording, Role
from nam_plugin_studio.names import AUDIO, file_name
from nam_plugin_studio.projects import Project

MOST = 512 * 2**20
"""Bytes of a recording: an hour at 48 kHz and 24 bits."""


async def receive(request: Request, project: Project, role: Role, most: int, allow: Callable[[], None]) -> Recording:
    """
    Return the recording that a request brought, once all of it is there and is audio.

    :param most: bytes
    :param allow: raises where the run takes none; asked before and, since a training may begin meanwhile, after
    :raises Refusal: 413 when it is larger, 415 when its name is none of a recording
    :raises DataError: when it is not audio; what was there before is then still there
    """
    allow()
    name = file_name(request.query_params.get("name", "recording.wav"))
    if Path(name).suffix.lower() not in AUDIO:
        raise Refusal(415, f"{name} is not called like a recording; use a WAV, FLAC or AIFF file")
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > most:
        raise too_large(name, most)
    place = project.place(role)
    with writing_to(project.folder):
        place.parent.mkdir(exist_ok=True)
        # In a folder of its own, under its own name: messages then call it as the user does.
        incoming = Path(tempfile.mkdtemp(prefix=".incoming-", dir=place.parent))
    try:
        file = incoming / name
        await _written(request, file, most)
        return await run_in_threadpool(_kept, project, role, file, allow)
    finally:
        with contextlib.suppress(OSError):
            for left in incoming.iterdir():
                left.unlink()
            incoming.rmdir()


def too_large(name: str, most: int) -> Refusal:
    """Return the refusal of a recording that is too large."""
    return Refusal(413, f"{name} is larger than {most / 2**20:.0f} MB; cut it, or export it as mono in 24 bits")


async def _written(request: Request, file: Path, most: int) -> None:
    received = 0
    with writing_to(file.parent), file.open("wb") as opened:
        async for chunk in request.stream():
            received += len(chunk)
            if received > most:
                raise too_large(file.name, most)
            await run_in_threadpool(opened.write, chunk)
    if not received:
        raise DataError(f"{file.name} is empty (0 bytes); export the recording again")


def _kept(project: Project, role: Role, file: Path, allow: Callable[[], None]) -> Recording:
    """Move a recording that is whole to its place; one that is no audio never gets there."""
    with project.lock:
        allow()
        return project.keep(role, file)
