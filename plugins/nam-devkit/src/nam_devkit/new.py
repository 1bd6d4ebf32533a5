"""Begin a plugin as a complete distribution that works as it is."""

from __future__ import annotations

import argparse
from pathlib import Path

from nam_devkit.scaffold import KINDS, new_plugin


def main(argv: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        "nam-kernel plugins new",
        description="Write a distribution that installs, passes its tests and trains as it is; then change it.",
    )
    parser.add_argument("name", metavar="NAME", help="as in my-gru: small letters, digits and hyphens")
    parser.add_argument("--kind", required=True, choices=KINDS, help="what it offers")
    parser.add_argument(
        "--into", type=Path, default=Path(), metavar="DIR", help="where to put the folder; the default is here"
    )
    arguments = parser.parse_args(argv)
    folder = new_plugin(arguments.name, arguments.kind, arguments.into)
    print(
        f"{folder} is a plugin. Next:\n"
        f'  pip install -e "{folder}[test]"\n'
        f"  pytest {folder}\n"
        f"  nam-kernel plugins check {arguments.name}\n"
        f"Its README.md tells how to train with it."
    )
    return 0
