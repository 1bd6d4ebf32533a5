"""Go on with an interrupted training; the same as nam_full --resume."""

from __future__ import annotations

import argparse

from nam_kernel.cli.full import add_data_changed, trained


def main(argv: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("nam-kernel resume", description="Go on with an interrupted training.")
    parser.add_argument("directory", metavar="RUNDIR", help="the time-stamped directory of the run")
    add_data_changed(parser)
    given = parser.parse_args(argv)
    from nam_kernel.run import resume

    return trained(lambda ready: resume(given.directory, ready=ready, data_changed=given.data_changed))
