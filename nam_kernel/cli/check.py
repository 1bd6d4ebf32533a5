"""``nam-kernel check``: everything that comes before a training, and no training."""

from __future__ import annotations

import argparse


def main(argv: list[str]) -> int:
    """Run the command; it gives 0 when a training could start, and raises what stands in its way."""
    parser = argparse.ArgumentParser(
        "nam-kernel check", description="Say what would go wrong in a training, without training."
    )
    for name in ("data", "model", "learning"):
        parser.add_argument(name, metavar=name.upper(), help=f"the {name} config, JSON")
    arguments = parser.parse_args(argv)
    from nam_kernel.cli.session import describe, warnings
    from nam_kernel.run import check

    prepared = check(arguments.data, arguments.model, arguments.learning)
    try:
        for line in (*describe(prepared), *warnings(prepared)):
            print(line)
    finally:
        prepared.teardown()
    print("ready           nothing stands in the way of the training")
    return 0
