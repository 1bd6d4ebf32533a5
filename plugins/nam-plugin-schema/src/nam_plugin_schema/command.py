"""Print the JSON Schema of a config, for completion in an editor; every installed plugin is in it."""

from __future__ import annotations

import argparse
import json


def main(argv: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        "nam-kernel schema", description="Print the JSON Schema of a config, for completion in an editor."
    )
    parser.add_argument("document", choices=("data", "model", "learning"), help="which config")
    arguments = parser.parse_args(argv)
    from nam_plugin_schema.schema import schema

    print(json.dumps(schema(arguments.document), indent=2))
    return 0
