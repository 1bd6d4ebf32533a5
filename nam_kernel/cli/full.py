"""``nam_full DATA MODEL LEARNING OUTDIR``: train a model."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from nam_kernel.cli.guard import add_common, apply_common, guarded

if TYPE_CHECKING:
    from nam_kernel.interfaces import Result
    from nam_kernel.run import Prepared

PROGRAM = "nam_full"

PROGRESS: dict[str, Any] = {"choices": ("bar", "lines", "json"), "help": "as a bar, a line a minute, or JSON on stdout"}
"""Of the option ``--progress`` of every command that trains."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0, 1, 2, 130 or 143."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    given = [arguments.data, arguments.model, arguments.learning, arguments.outdir]
    if arguments.resume is None and None in given:
        parser.error("give DATA, MODEL, LEARNING and OUTDIR; or --resume RUNDIR")
    if arguments.resume is not None and any(given):
        parser.error("--resume needs no other file: the configs are in the run directory")
    return guarded(PROGRAM, lambda: _run(arguments), verbose=arguments.verbose)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        PROGRAM,
        description="Train a model of an amplifier or pedal from recordings.",
        epilog="Everything is written to a time-stamped directory below OUTDIR; the best model so far is always in it.",
    )
    parser.add_argument("data", metavar="DATA", nargs="?", help="JSON: which recordings")
    parser.add_argument("model", metavar="MODEL", nargs="?", help="JSON: which net, optimizer and loss")
    parser.add_argument("learning", metavar="LEARNING", nargs="?", help="JSON: how long, in which batches, on what")
    parser.add_argument("outdir", metavar="OUTDIR", nargs="?", help="folder for the results")
    parser.add_argument("-ns", "--no-show", action="store_true", help="draw the plots, but open no windows")
    parser.add_argument("-np", "--no-plots", action="store_true", help="draw no plots")
    parser.add_argument("--export", action="append", default=[], metavar="NAME", help="this format too; again for more")
    parser.add_argument("--resume", metavar="RUNDIR", help="go on with the run in this directory")
    add_resumption(parser)
    add_common(parser)
    return parser


def add_resumption(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that resumes."""
    parser.add_argument("--epochs", type=int, metavar="N", help="when resuming: train until N epochs are complete")
    told = "resume although the recordings are not those of the beginning"
    parser.add_argument("--data-changed", action="store_true", help=told)
    parser.add_argument("--progress", **PROGRESS)


def resumed(directory: str, given: argparse.Namespace, **wishes: Any) -> int:
    """Go on with a run as these options say, and return the exit code."""
    from nam_kernel.run import resume

    more = {"data_changed": given.data_changed, "epochs": given.epochs}
    return trained(lambda ready: resume(directory, ready=ready, **more, **wishes))


def trained(start: Callable[[Callable[[Prepared], None]], Result]) -> int:
    """
    Train, print what a person wants to read before and after, and return the exit code.

    :param start: trains, calling its argument with the run before anything is written
    """
    from nam_kernel.cli.session import finish, print_summary

    # Closing the terminal must not end a training; there is Ctrl-C for that.
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    runs: list[Prepared] = []

    def ready(run: Prepared) -> None:
        runs.append(run)
        print_summary(run)

    result = start(ready)
    return finish(runs[-1], result)


def _run(arguments: argparse.Namespace) -> int:
    apply_common(arguments)
    from nam_kernel.run import train

    given, plots = arguments, not arguments.no_plots
    wishes = {"show": plots and not given.no_show, "plots": plots, "progress": given.progress}
    if given.resume is not None:
        return resumed(given.resume, given, **wishes)
    paths = given.data, given.model, given.learning, given.outdir
    return trained(lambda ready: train(*paths, ready=ready, exports=given.export, **wishes))


if __name__ == "__main__":
    sys.exit(main())
