"""Go on with an interrupted training; the same as nam_full --resume."""

from __future__ import annotations

import argparse


def main(argv: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("nam-kernel resume", description="Go on with an interrupted training.")
    parser.add_argument("directory", metavar="RUNDIR", help="the time-stamped directory of the run")
    arguments = parser.parse_args(argv)
    from nam_kernel.cli.full import trained
    from nam_kernel.run import resume

    return trained(lambda ready: resume(arguments.directory, ready=ready))
