"""``nam-kernel COMMAND``: everything but the training itself. Plugins bring commands of their own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from nam_kernel.cli.guard import add_common, apply_common, guarded

PROGRAM = "nam-kernel"

OWN = {
    "check": ("check", "say what would go wrong in a training, without training"),
    "demo": ("demo", "make a signal and an amplifier, and train a model of it in two minutes"),
    "plugins": ("plugins", "list, show, disable and enable plugins"),
    "resume": ("resume", "go on with an interrupted training"),
    "schema": ("schema", "print the JSON Schema of a config, for editors"),
}
"""The kernel's own commands: the module below ``nam_kernel.cli``, and what it does."""


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
    from nam_kernel.discovery import commands

    brought = {name: f"brought by {ep.dist.name}" for name, ep in commands().items() if ep.dist and name not in OWN}
    lines = {**{name: told for name, (_, told) in OWN.items()}, **brought}
    width = max(map(len, lines))
    parser = argparse.ArgumentParser(
        PROGRAM,
        description="commands:\n" + "\n".join(f"  {name:<{width}}  {lines[name]}" for name in sorted(lines)),
        epilog=f"{PROGRAM} COMMAND --help tells more. To train: nam_full --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="show the version")
    add_common(parser)
    parser.add_argument("command", nargs="?", metavar="COMMAND", help="one of the commands above")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="its arguments")
    return parser


def _run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    apply_common(arguments)
    if arguments.version:
        from nam_kernel import __version__

        print(f"nam-kernel {__version__}")
        return 0
    if arguments.command is None:
        parser.print_help()
        return 0
    return _command(arguments.command)(arguments.arguments)


def _command(name: str) -> Callable[[list[str]], int]:
    from nam_kernel.discovery import commands
    from nam_kernel.errors import PluginError, UserError
    from nam_kernel.text import suggestion

    if name in OWN:
        command: Callable[[list[str]], int] = import_module(f"nam_kernel.cli.{OWN[name][0]}").main
        return command
    brought = commands()
    if name not in brought:
        raise UserError(f"there is no command '{name}'; {suggestion(name, [*OWN, *brought])}")
    try:
        loaded: Callable[[list[str]], int] = brought[name].load()
        return loaded
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        source = brought[name].dist
        raise PluginError(
            f"the command '{name}' of {source.name if source else '?'} cannot be imported: {error}"
        ) from error


if __name__ == "__main__":
    sys.exit(main())
