"""Go on with a training that was interrupted, or train a finished one longer; the same as nam_full --resume."""

import argparse

from nam_kernel.cli.full import add_resumption, resumed


def main(argv: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("nam-kernel resume", description="Go on with a training.")
    parser.add_argument("directory", metavar="RUNDIR", help="the time-stamped directory of the run")
    add_resumption(parser)
    given = parser.parse_args(argv)
    return resumed(given.directory, given, progress=given.progress)
