"""List, show, disable and enable plugins."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from nam_kernel.errors import UserError
from nam_kernel.plugins.discovery import disable, extensions_folder, find

if TYPE_CHECKING:
    from nam_kernel.plugins import Plugin


def main(argv: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("nam-kernel plugins", description="List, show, disable and enable plugins.")
    own = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    listing = own.add_parser("list", help="list every plugin, without running any")
    listing.add_argument("--json", action="store_true", help="for programs")
    for name, told in (
        ("show", "load a plugin and show what it offers, or why it does not load"),
        ("disable", "never load this plugin or distribution"),
        ("enable", "load it again"),
    ):
        own.add_parser(name, help=told).add_argument("name", metavar="NAME")
    arguments = parser.parse_args(argv)
    if arguments.command == "list":
        _list(as_json=arguments.json)
    elif arguments.command == "show":
        _show(arguments.name)
    else:
        disable(arguments.name, off=arguments.command == "disable")
        print(f"{arguments.name} is {arguments.command}d")
    return 0


def _list(*, as_json: bool) -> None:
    from nam_kernel import plugins

    found = find(plugins.blocked())
    if as_json:
        print(json.dumps([{**asdict(f), "path": str(f.path) if f.path else None} for f in found], indent=2))
        return
    sources = [f.source + (f"  ({f.reason})" if f.reason else "") for f in found]
    told = [(f.name, f.version or "-", f.state, source) for f, source in zip(found, sources, strict=True)]
    rows = [("NAME", "VERSION", "STATE", "SOURCE"), *told]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    for row in rows:
        print("  ".join([*(text.ljust(w) for text, w in zip(row, widths, strict=False)), row[3]]))
    if not found:
        print(f"none: install one, as with pip install nam-kernel[all], or put a file into {extensions_folder()}")


def _show(name: str) -> None:
    from nam_kernel import plugins
    from nam_kernel.text import suggestion

    loaded = plugins.current().plugins
    chosen = [p for p in loaded if name in (p.found.name, p.found.source, f"{p.found.source}:{p.found.name}")]
    if not chosen:
        raise UserError(f"no plugin is called '{name}'; {suggestion(name, [p.found.name for p in loaded])}")
    for plugin in chosen:
        print("\n".join(_describe(plugin)))


def _describe(plugin: Plugin) -> list[str]:
    found = plugin.found
    facts = {"name": found.name, "source": found.source, "version": found.version or "-", "state": plugin.state}
    rows = [*facts.items(), *([("reason", plugin.reason)] if plugin.reason else [])]
    rows += [(c.kind, c.name + (f": {c.summary}" if c.summary else "")) for c in plugin.components]
    return [f"{label:<8} {value}" for label, value in rows]
