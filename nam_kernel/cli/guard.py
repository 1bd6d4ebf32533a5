"""What every command has in common: messages on stderr, exit codes, and no traceback for a user's mistake."""

import argparse
import atexit
import contextlib
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

from nam_kernel.errors import NamKernelError, UserError
from nam_kernel.text import printable

INTERRUPTED = 130


def guarded(program: str, run: Callable[[], int], *, verbose: bool = False) -> int:
    """
    Run a command and return its exit code.

    An error that was raised on purpose is one message; ``verbose`` adds the traceback.
    """
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(Lasting, streams)
    # When all is done, an impatient Ctrl-C must not make a traceback of the end.
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
    try:
        return run()
    except NamKernelError as error:
        _tell(program, f"error: {error}", verbose)
        return error.exit_code
    except KeyboardInterrupt:
        _tell(program, "interrupted", verbose=False)
        return INTERRUPTED
    except Exception as error:
        what, hint = "internal error", "this is a defect of the program: run it again with -v and report what it prints"
        if isinstance(error, ImportError) or any(
            f.name == "<module>" for f in traceback.extract_tb(error.__traceback__)
        ):
            what, hint = "the installation is broken", "install again what is named here"
        _tell(program, f"{what}: {type(error).__name__}: {error}{'' if verbose else '; ' + hint}", verbose)
        return 1
    finally:
        sys.stdout, sys.stderr = streams


class Lasting:
    """
    A stream that outlasts its reader: what cannot be written, to a closed pipe or a full disk, is dropped.

    :param stream: what is written to; None where the process was started without one
    """

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write text, or drop it."""
        if self.stream is not None:
            try:
                self.stream.write(text)
                self.stream.flush()
            except (OSError, ValueError):
                # Python flushes the real stream when the process ends, which must not fail either.
                with contextlib.suppress(OSError, ValueError), Path(os.devnull).open("w") as nowhere:
                    os.dup2(nowhere.fileno(), self.stream.fileno())
        return len(text)

    def flush(self) -> None:
        """Do nothing: every write is flushed."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command understands."""
    parser.add_argument("-v", "--verbose", action="store_true", help="show tracebacks and what plugins do")
    parser.add_argument("-p", dest="plugins", action="append", default=[], metavar="no:NAME", help="do without NAME")


def apply_common(arguments: argparse.Namespace) -> None:
    """Set up logging, and the plugins that the command does without."""
    set_up_logging(verbose=arguments.verbose)
    names = blocked(arguments.plugins)
    if names:
        from nam_kernel import plugins

        plugins.use(without=names)


def blocked(options: Sequence[str]) -> list[str]:
    """
    Return the names in the values of ``-p``.

    :raises NamKernelError: when one is not ``no:NAME``
    """
    for option in options:
        if not option.startswith("no:") or len(option) < 4:
            raise UserError(f"-p {option}: write no:NAME, with the name of a plugin from nam-kernel plugins list")
    return [option[3:] for option in options]


def set_up_logging(*, verbose: bool) -> None:
    """Send what the package logs to stderr, one message a line."""
    logger = logging.getLogger("nam_kernel")
    logger.handlers.clear()
    logger.addHandler(logging.StreamHandler())
    logger.setLevel(logging.DEBUG if verbose else logging.WARNING)
    logger.propagate = False


def _tell(program: str, message: str, verbose: bool) -> None:
    if verbose:
        traceback.print_exc()
    print(f"{program}: {printable(message)}", file=sys.stderr)
