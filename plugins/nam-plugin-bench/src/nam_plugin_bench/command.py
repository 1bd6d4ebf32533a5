"""Measure how large and how fast a model is."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from nam_kernel.errors import UserError


def main(argv: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("nam-kernel bench", description=__doc__)
    parser.add_argument("model", type=Path, help="the model file")
    parser.add_argument("--json", action="store_true", help="print everything as one JSON object, for programs")
    parser.add_argument(
        "--seconds", type=float, default=0.3, metavar="S", help="that each figure is measured for (%(default)s)"
    )
    parser.add_argument(
        "--threads", type=int, default=1, metavar="N", help="that torch may use (%(default)s, as in a player)"
    )
    arguments = parser.parse_args(argv)
    if not 0.0 < arguments.seconds < 3600.0:
        raise UserError(f"--seconds {arguments.seconds:g}: expected a time above 0 and below an hour")
    if not 1 <= arguments.threads <= 1024:
        raise UserError(f"--threads {arguments.threads}: expected a number from 1 to 1024")
    from nam_plugin_bench.report import report

    found = report(arguments.model, seconds=arguments.seconds, threads=arguments.threads)
    print(json.dumps(found.plain(), indent=2) if arguments.json else "\n".join(found.lines()))
    return 0
