"""``nam-kernel COMMAND``: everything but the training itself. Plugins may bring commands of their own."""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from nam_kernel import __version__
from nam_kernel.cli.guard import add_common, apply_common, guarded

PROGRAM = "nam-kernel"

OWN = {"check": "nam_kernel.cli.check", "plugins": "nam_kernel.cli.plugins", "resume": "nam_kernel.cli.resume"}
"""The kernel's own commands, and their modules."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0, 1, 2, 130 or 143."""
    argv = list(sys.argv[1:] if argv is None else argv)
    parser = _parser()
    everywhere = argparse.ArgumentParser(PROGRAM, add_help=False, allow_abbrev=False)
    add_common(everywhere)
    common, rest = everywhere.parse_known_args(argv)
    arguments = parser.parse_args(rest, common)
    return guarded(PROGRAM, lambda: _run(parser, arguments), verbose=arguments.verbose)


def _parser() -> argparse.ArgumentParser:
    from nam_kernel.plugins.discovery import commands, first_line

    brought = {name: entries[0].value.partition(":")[0] for name, entries in commands().items()}
    lines = {name: first_line(module) for name, module in {**brought, **OWN}.items()}
    width = max(map(len, lines))
    parser = argparse.ArgumentParser(
        PROGRAM,
        description="commands:\n" + "\n".join(f"  {name:<{width}}  {lines[name]}".rstrip() for name in sorted(lines)),
        epilog=f"{PROGRAM} COMMAND --help tells more. To train: nam_full --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"nam-kernel {__version__}")
    add_common(parser)
    parser.add_argument("command", nargs="?", metavar="COMMAND", help="one of the commands above")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="its arguments")
    return parser


def _run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    apply_common(arguments)
    if arguments.command is None:
        parser.print_help()
        return 0
    command, rest = _command([arguments.command, *arguments.arguments])
    return command(rest)


def _command(words: list[str]) -> tuple[Callable[[list[str]], int], list[str]]:
    """
    Return the command that the first word names, or the first two, and the words after it.

    :raises UserError: when there is none, or several distributions bring it
    :raises PluginError: when it cannot be imported
    """
    from nam_kernel import plugins
    from nam_kernel.errors import UserError, owned_by
    from nam_kernel.plugins.discovery import commands
    from nam_kernel.text import suggestion

    brought = commands(plugins.blocked())
    name = " ".join(words[:2]) if len(words) > 1 and " ".join(words[:2]) in brought else words[0]
    rest = words[len(name.split()) :]
    if name in OWN:
        return import_module(OWN[name]).main, rest
    if name not in brought:
        raise UserError(f"there is no command '{name}'; {suggestion(name, [*OWN, *brought])}")
    (entry, *others) = brought[name]
    if others:
        told = " and ".join(e.dist.name for e in brought[name] if e.dist)
        raise UserError(f"the command '{name}' is brought by {told}; do without one of them, as with -p no:NAME")
    with owned_by(f"the import of the command '{name}' of {entry.dist.name if entry.dist else '?'}"):
        loaded: Callable[[list[str]], int] = entry.load()
    return loaded, rest


if __name__ == "__main__":
    sys.exit(main())
