"""What every command has in common: messages on stderr, exit codes, and no traceback for a user's mistake."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Callable, Sequence

from nam_kernel.errors import NamKernelError

INTERRUPTED = 130


def guarded(program: str, run: Callable[[], int], *, verbose: bool = False) -> int:
    """
    Run a command and return its exit code.

    An error that was raised on purpose is one message; ``verbose`` adds the traceback.
    """
    try:
        code = run()
        sys.stdout.flush()
        return code
    except NamKernelError as error:
        _tell(program, f"error: {error}", verbose)
        return error.exit_code
    except KeyboardInterrupt:
        _tell(program, "interrupted", verbose=False)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        hint = "" if verbose else "; this is a defect of the program: run it again with -v and report what it prints"
        _tell(program, f"internal error: {type(error).__name__}: {error}{hint}", verbose)
        return 1


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command understands."""
    parser.add_argument("-v", "--verbose", action="store_true", help="show tracebacks and what plugins do")
    parser.add_argument(
        "-p", dest="plugins", action="append", default=[], metavar="no:NAME", help="do without the plugin NAME"
    )


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
    from nam_kernel.errors import UserError

    for option in options:
        if not option.startswith("no:") or len(option) < 4:
            raise UserError(f"-p {option}: write no:NAME, with the name of a plugin from nam-kernel plugins list")
    return [option[3:] for option in options]


def set_up_logging(*, verbose: bool) -> None:
    """Send what the package logs to stderr, one message a line."""
    logger = logging.getLogger("nam_kernel")
    logger.handlers.clear()
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if verbose else logging.WARNING)
    logger.propagate = False


def _tell(program: str, message: str, verbose: bool) -> None:
    if verbose:
        traceback.print_exc()
    print(f"{program}: {message}", file=sys.stderr)
