"""``nam_full DATA MODEL LEARNING OUTDIR``: train a model."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from nam_kernel.cli.guard import add_common, apply_common, guarded

PROGRAM = "nam_full"


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
        epilog="Everything is written to a time-stamped directory below OUTDIR; model.nam in it is for the player.",
    )
    parser.add_argument("data", metavar="DATA", nargs="?", help="JSON: which recordings")
    parser.add_argument("model", metavar="MODEL", nargs="?", help="JSON: which net, optimizer and loss")
    parser.add_argument("learning", metavar="LEARNING", nargs="?", help="JSON: how long, in which batches, on what")
    parser.add_argument("outdir", metavar="OUTDIR", nargs="?", help="folder for the results")
    parser.add_argument("-ns", "--no-show", action="store_true", help="draw the plots, but open no windows")
    parser.add_argument("-np", "--no-plots", action="store_true", help="draw no plots")
    parser.add_argument("--resume", metavar="RUNDIR", help="go on with the run in this directory")
    add_common(parser)
    return parser


def _run(arguments: argparse.Namespace) -> int:
    apply_common(arguments)
    from nam_kernel.cli.session import finish, introduce
    from nam_kernel.run import resume, train

    show, plots = not (arguments.no_show or arguments.no_plots), not arguments.no_plots
    if arguments.resume is not None:
        result = resume(arguments.resume, show=show, plots=plots, ready=introduce)
    else:
        documents = (arguments.data, arguments.model, arguments.learning)
        result = train(*documents, arguments.outdir, show=show, plots=plots, ready=introduce)
    return finish(result)


if __name__ == "__main__":
    sys.exit(main())
