"""Scan a model with knobs for settings at which it runs away, hums on silence, or thumps when a knob moves."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from nam_kernel.files import expanded
from nam_kernel.models import read_model
from nam_kernel.text import findings_table
from nam_plugin_parametric.settings import knobs_of


def main(argv: list[str]) -> int:
    """
    Run the command ``knobs scan``, and return the exit code: 0, whatever is found.

    :param argv: the arguments after ``knobs scan``
    :raises UserError: when the file is no model with knobs
    """
    parser = argparse.ArgumentParser("nam-kernel knobs scan", description=__doc__)
    parser.add_argument("model", metavar="MODEL", type=Path, help="a model with knobs, .nam")
    parser.add_argument("--json", action="store_true", help="print everything as one JSON object, for programs")
    arguments = parser.parse_args(argv)
    path = expanded(arguments.model)
    net = read_model(path)
    knobs_of(net, str(path))
    # Imported here, because a message about a wrong file should not wait for it.
    from nam_plugin_parametric.after.scan import scan

    found = scan(net)
    findings = list(found.findings())
    if arguments.json:
        print(json.dumps({"facts": dict(found.rows()), "findings": [f.plain() for f in findings]}, indent=2))
        return 0
    width = max(len(label) for label, _ in found.rows())
    print("\n".join(f"{label.ljust(width)}  {value}" for label, value in found.rows()))
    print()
    print(findings_table(findings) if findings else "Nothing runs away, hums or thumps.")
    return 0
