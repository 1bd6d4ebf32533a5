"""Bake a model with knobs at one setting, or at many: a stock .nam that every player loads, exact and proven."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from nam_kernel import BaseNet
from nam_kernel.errors import UserError
from nam_kernel.files import expanded
from nam_kernel.models import read_model
from nam_plugin_parametric.settings import add_set, grid, knobs_of, parsed, sentence_of, suffix_of, told
from nam_plugin_parametric.sweep import sweep
from nam_plugin_parametric.writing import baked_document, write


def main(argv: list[str]) -> int:
    """Run the command."""
    arguments = _parser().parse_args(argv)
    source, target = expanded(arguments.model), expanded(arguments.out)
    if arguments.grid and arguments.container:
        raise UserError("--grid makes files and --container one file; give one of them")
    if arguments.like and (arguments.grid or arguments.container):
        raise UserError("--like finds one setting; leave out --grid and --container")
    _refuse_target(target, source, is_folder=bool(arguments.grid), force=arguments.force)
    net = read_model(source)
    knobs_of(net, str(source))
    fixed: dict[str, float | str] = dict(parsed(arguments.set))
    if arguments.like:
        fixed = _found(net, fixed, arguments)
    if arguments.grid:
        return _grid(net, parsed(arguments.grid, "--grid"), fixed, source, target, force=arguments.force)
    if arguments.container:
        name, _, spelling = arguments.container.partition("=")
        write(sweep(net, name.strip(), spelling.strip(), fixed, source), target)
        print(f"{target}: a player's size control turns {name.strip()}. An experiment: no player says so.")
        return 0
    document = baked_document(net, fixed, source)
    write(document, target)
    _tell(document, target)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("nam-kernel bake", description=__doc__)
    parser.add_argument("model", metavar="MODEL", type=Path, help="a model with knobs, .nam")
    parser.add_argument("out", metavar="OUT", type=Path, help="the .nam to write; with --grid, a folder for them")
    add_set(parser)
    parser.add_argument(
        "--grid",
        action="append",
        default=[],
        metavar="NAME=LOW:HIGH:STEP",
        help="a file for each value, such as gain=0:10:1 or mode=clean,lead; again for a grid of several knobs",
    )
    parser.add_argument(
        "--container",
        metavar="NAME[=LOW:HIGH:STEP]",
        help="an experiment: a sweep of one knob as the sizes of one file, so that a player's size control turns it",
    )
    parser.add_argument("--like", metavar="TAKE", type=Path, help="find the setting that sounds like this recording")
    parser.add_argument("--di", metavar="DI", type=Path, help="what was played to record the TAKE of --like")
    parser.add_argument("--force", action="store_true", help="overwrite what exists")
    return parser


def _refuse_target(target: Path, source: Path, *, is_folder: bool, force: bool) -> None:
    """
    Refuse a place that cannot be written to, before anything is computed.

    :raises UserError: naming it
    """
    if is_folder:
        if target.exists() and not target.is_dir():
            raise UserError(f"{target} is a file; --grid writes several, so name a folder")
        return
    if target.suffix.lower() != ".nam":
        raise UserError(f"{target} does not end in .nam; a baked model is a .nam file")
    if target.is_dir():
        raise UserError(f"{target} is a folder; name the file to write in it")
    if not target.parent.is_dir():
        raise UserError(f"{target.parent} is not a folder; make it first")
    if target.exists() and (source.exists() and target.samefile(source)):
        raise UserError(f"{target} is the model itself; give the baked one another name")
    if target.exists() and not target.is_file():
        raise UserError(f"{target} is a device or a pipe, onto which nothing is written; name a file")
    if target.exists() and not force:
        raise UserError(f"{target} exists; give another name, or overwrite it with --force")


def _grid(
    net: BaseNet, axes: Mapping[str, str], fixed: Mapping[str, float | str], source: Path, folder: Path, *, force: bool
) -> int:
    points = list(grid(net, axes, fixed, str(source)))
    whole = [told(net, point) for point in points]
    files = [folder / f"{source.stem}_{suffix_of({name: w[name] for name in axes})}.nam" for w in whole]
    if len(set(files)) < len(files):
        raise UserError("two settings of the grid would have one file name; take larger steps")
    there = [file for file in files if file.exists()]
    if there and not force:
        raise UserError(f"{there[0]} exists; name another folder, or overwrite with --force")
    folder.mkdir(parents=True, exist_ok=True)
    for point, file in zip(points, files, strict=True):
        document = baked_document(net, point, source)
        write(document, file)
        _tell(document, file)
    return 0


def _found(net: BaseNet, fixed: Mapping[str, float | str], arguments: argparse.Namespace) -> dict[str, float | str]:
    """Return the setting that sounds like a recording."""
    from nam_plugin_parametric.likeness import setting_like

    if arguments.di is None:
        raise UserError("--like needs the DI that was played: --di DI.wav")
    found = setting_like(net, arguments.like, arguments.di, fixed)
    level = f", {found.level:+.1f} dB" if abs(found.level) >= 0.5 else ""
    print(
        f"{arguments.like.name} sounds like {sentence_of(found.setting)} (ESR {found.esr:.3g}{level})", file=sys.stderr
    )
    return dict(found.setting)


def _tell(document: Mapping[str, object], target: Path) -> None:
    baked = document["metadata"]["baked"]  # type: ignore[index]
    print(f"{target}: {sentence_of(baked['setting'])}, within {baked['largest_error']:.1e} of the net's peak")
