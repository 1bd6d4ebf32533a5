"""Check what would go wrong in a training, without training."""

import argparse
import contextlib
import json
import sys
from typing import Any

from nam_kernel.errors import ConfigError, UserError


def main(argv: list[str]) -> int:
    """Run the command; return 0 when a training could start, and raise what stands in its way."""
    parser = argparse.ArgumentParser("nam-kernel check", description=__doc__)
    for name in ("data", "model", "learning"):
        parser.add_argument(name, metavar=name.upper(), help=f"the {name} config, JSON")
    parser.add_argument("--json", action="store_true", help="print everything as one JSON object, for programs")
    arguments = parser.parse_args(argv)
    return (_as_json if arguments.json else _as_text)(arguments.data, arguments.model, arguments.learning)


def _as_text(data: str, model: str, learning: str) -> int:
    from nam_kernel.cli.session import lines
    from nam_kernel.run import check

    run = check(data, model, learning)
    try:
        for line in lines(run):
            print(line)
    finally:
        run.teardown()
    print("ready           nothing stands in the way of the training")
    return 0


def _as_json(data: str, model: str, learning: str) -> int:
    from nam_kernel.cli.session import describe
    from nam_kernel.run import check

    try:
        with contextlib.redirect_stdout(sys.stderr):
            run = check(data, model, learning)
    except UserError as error:
        print(json.dumps({"ready": False, "run": {}, "findings": _of_error(error)}, indent=2))
        return error.exit_code
    try:
        told = {"ready": True, "run": dict(describe(run)), "findings": [f.plain() for f in run.findings]}
        print(json.dumps(told, indent=2))
    finally:
        run.teardown()
    return 0


def _of_error(error: UserError) -> list[dict[str, Any]]:
    """Return an error as findings: those that it carries, its problems, or itself."""
    from nam_kernel.interfaces import Finding

    if getattr(error, "findings", ()):
        return [finding.plain() for finding in error.findings]  # type: ignore[attr-defined]
    if isinstance(error, ConfigError):
        places = [(": ".join(filter(None, (error.source, p.where))), p.what) for p in error.problems]
    else:
        places = [("", str(error))]
    return [Finding("error", where, what).plain() for where, what in places]
