"""Open a local page in the browser: from two recordings to a model that can be heard and downloaded."""

from __future__ import annotations

import argparse
import contextlib
import errno
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING

from nam_kernel import plugins
from nam_kernel.errors import UserError

if TYPE_CHECKING:
    from nam_plugin_studio.home import Home
    from nam_plugin_studio.projects import Projects

ADDRESS = "127.0.0.1"
"""This computer, and nobody else."""

_FOLDER = "nam-studio"
_PATIENCE = 3
"""Seconds in which answers may be finished at the end."""


def main(argv: list[str]) -> int:
    """
    Run the command until Ctrl-C.

    :param argv: the arguments after ``studio``
    :raises UserError: when the folder cannot be written or is open in another studio, or the port is in use
    """
    arguments = _parser().parse_args(argv)
    if arguments.port is not None and not 0 < arguments.port < 65536:
        raise UserError(f"--port {arguments.port}: expected a number from 1 to 65535")
    from nam_plugin_studio.home import Home

    home = Home.make(arguments.folder)
    with home.opened(), contextlib.closing(_listening(home, arguments.port)) as listener:
        return _serve(home, listener, browser=not arguments.no_browser)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "nam-kernel studio",
        description="Open a page in the browser: drop two recordings, see what is wrong with them, train, listen while "
        "it learns, download the model. Nothing leaves this computer.",
        epilog="Ctrl-C ends the studio. A training goes on, and is found again the next time.",
    )
    parser.add_argument("folder", metavar="FOLDER", nargs="?", default=_FOLDER, help="for the runs (%(default)s)")
    parser.add_argument("--port", type=int, metavar="N", help="of the address (that of the last time, or a free one)")
    parser.add_argument("--no-browser", action="store_true", help="print the address, but open no browser")
    return parser


def _listening(home: Home, port: int | None) -> socket.socket:
    """
    Return a socket that listens on this computer only.

    :param port: None for that of the last time where it is free, else for any
    :raises UserError: when the port cannot be used
    """
    wished = [port] if port is not None else [home.port, 0]
    for number in wished:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if sys.platform != "win32":
            # Connections of the last time that are closing must not keep the port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, number))
            listener.listen(128)
        except OSError as error:
            listener.close()
            if port is None and number:
                continue
            used = error.errno == errno.EADDRINUSE
            why = "is in use" if used else f"cannot be used ({error.strerror or error})"
            raise UserError(f"port {number} {why}; choose another one with --port, or leave it out") from None
        home.port = listener.getsockname()[1]
        return listener
    raise AssertionError("the last port is any that is free")


def _serve(home: Home, listener: socket.socket, *, browser: bool) -> int:
    token, port = home.token(), listener.getsockname()[1]
    address = f"http://{ADDRESS}:{port}/?token={token}"
    print(address, flush=True)
    print("Ctrl-C ends the studio; a training goes on.", file=sys.stderr)
    if browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    # Whoever comes while this is imported waits a moment for an answer: the socket listens already.
    import uvicorn

    from nam_plugin_studio.projects import Projects
    from nam_plugin_studio.routes import Studio

    # Before several threads need them.
    plugins.current()
    projects = Projects(home.folder)
    config = uvicorn.Config(
        Studio(projects).app(port, token),
        lifespan="off",
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_PATIENCE,
    )
    code = 0
    with _terminated():
        try:
            uvicorn.Server(config).run(sockets=[listener])
        except KeyboardInterrupt as ended:
            code = 128 + (ended.args[0] if ended.args else signal.SIGINT)
    _say_what_goes_on(projects, home)
    return code


@contextlib.contextmanager
def _terminated() -> Iterator[None]:
    """Have SIGTERM end the studio as Ctrl-C does: the server finishes, and raises the signal again."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _end), signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])


def _end(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt(number)


def _say_what_goes_on(projects: Projects, home: Home) -> None:
    from nam_plugin_studio import jobs

    going_on = [p.facts().name for p in projects if (job := jobs.state(p)) is not None and job.running]
    if going_on:
        told = ", ".join(going_on)
        print(f"Still training: {told}. To see it again: nam-kernel studio {home.folder}", file=sys.stderr)
    else:
        print("The studio is closed; nothing is being trained.", file=sys.stderr)
