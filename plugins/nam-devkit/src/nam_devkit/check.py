"""Hold an installed plugin to the laws of the conformance kit."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nam_kernel.errors import ConfigError, UserError
from nam_kernel.text import suggestion

if TYPE_CHECKING:
    from nam_devkit.report import Outcome
    from nam_kernel.plugins import Plugin


def main(argv: list[str]) -> int:
    """Run the command; return 1 when a law is broken."""
    parser = argparse.ArgumentParser(
        "nam-kernel plugins check",
        description="Hold an installed plugin to the laws that every plugin keeps; exit with 1 when it breaks one.",
    )
    parser.add_argument("name", metavar="NAME", help="of the plugin or of its distribution")
    parser.add_argument(
        "--config",
        action="append",
        default=[],
        metavar="COMPONENT=FILE",
        help="JSON: the config on which to try a component; the default is the example of its config model",
    )
    arguments = parser.parse_args(argv)
    return check(arguments.name, arguments.config)


def check(name: str, configs: Sequence[str] = ()) -> int:
    """
    Print a line for each law of a plugin, and return the exit code.

    :param configs: ``COMPONENT=FILE`` each
    :raises UserError: when there is no such plugin, or a config cannot be read
    """
    from nam_devkit.report import check_plugin
    from nam_devkit.subjects import find_plugin

    plugin = find_plugin(name)
    given = _read(plugin, configs)
    counts: Counter[str] = Counter()
    for outcome in check_plugin(plugin, given):
        counts[outcome.state] += 1
        print("\n".join(_lines(outcome)), flush=True)
    print(f"{counts['ok']} laws hold, {counts['FAILED']} broken, {counts['skipped']} skipped")
    return 1 if counts["FAILED"] else 0


def _lines(outcome: Outcome) -> list[str]:
    lines = [f"{outcome.state:<8} {outcome.about}: {outcome.law}"]
    return lines + ([f"{'':<8} {outcome.said}"] if outcome.said else [])


def _read(plugin: Plugin, options: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the configs that the options name, by component."""
    from nam_kernel.config.read import parse, read_text

    offered = [component.name for component in plugin.components]
    configs = {}
    for option in options:
        name, equals, file = option.partition("=")
        if not equals or not file:
            raise UserError(
                f"--config {option}: write COMPONENT=FILE, as in --config {offered[0] if offered else 'X'}=x.json"
            )
        if name not in offered:
            raise UserError(f"--config {option}: {plugin.title} offers no '{name}'; {suggestion(name, offered)}")
        config = parse(read_text(Path(file), f"the config of {name}"), file)
        if not isinstance(config, dict):
            raise ConfigError(file, [f"a config is an object {{...}}, not {type(config).__name__}"])
        configs[name] = config
    return configs
