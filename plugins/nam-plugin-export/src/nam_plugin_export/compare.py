"""Compare two models, two runs, or a model and a recording: how far apart they are, where, and which is better."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nam_kernel.errors import DataError
from nam_kernel.files import atomic_write_text, writing_to
from nam_kernel.quality import band_of
from nam_plugin_export.playing import Side, read_side
from nam_plugin_export.proving import print_rows
from nam_plugin_export.takes import Take, take_of
from nam_plugin_export.verdict import Verdict, verdict_of
from nam_plugin_nam.outputs import output_path
from nam_plugin_report import Comparison, compare

_BAR = 2.0
"""dB of a character in the drawn spectrum."""


def main(argv: list[str]) -> int:
    """Run the command."""
    arguments = _parser().parse_args(argv)
    page = arguments.page
    if page is not None:
        read = [path for path in (arguments.a, arguments.b, arguments.di, arguments.target) if path is not None]
        page = output_path(page, read, force=arguments.force)
    a, b = read_side(arguments.a), read_side(arguments.b)
    take = take_of(a, b, arguments.di, arguments.target)
    found, verdict = figures_of(a, b, take)
    if page is not None:
        from nam_plugin_export.comparison_page import comparison_page

        with writing_to(page.parent):
            atomic_write_text(page, comparison_page(a, b, take, found, verdict))
    if arguments.json:
        print(json.dumps(plain(found, a, b, take, verdict, arguments.di), indent=2))
    else:
        print_rows([*_rows(found, a, b, take, verdict), *([("page", str(page))] if page else [])])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("nam-kernel compare", description=__doc__)
    parser.add_argument("a", type=Path, metavar="A", help="a model: a run's directory, a checkpoint, a model file")
    parser.add_argument("b", type=Path, metavar="B", help="the reference: another model, or a recording")
    told = "what the models play; by default, two runs play what B was validated on, and others a computed guitar"
    parser.add_argument("--di", type=Path, metavar="X", help=told)
    told = "the recording of the gear that X was played into: says which of two models is closer to it"
    parser.add_argument("--target", type=Path, metavar="Y", help=told)
    told = "write a page to listen to, in one file"
    parser.add_argument("--page", type=Path, metavar="OUT.html", help=told)
    parser.add_argument("--force", action="store_true", help="overwrite OUT.html where it exists")
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    return parser


def figures_of(a: Side, b: Side, take: Take) -> tuple[Comparison, Verdict | None]:
    """
    Return the first against the second, and which of them is closer to the recording.

    :raises DataError: when the reference is silent
    """
    try:
        return compare(take.a, take.b, take.rate), verdict_of(take)
    except ValueError as error:
        raise DataError(f"{b.path}: {error}; play something louder, or give the two the other way round") from None


def plain(
    found: Comparison, a: Side, b: Side, take: Take, verdict: Verdict | None, di: Path | None = None
) -> dict[str, Any]:
    """Return a comparison as JSON types."""
    return {
        "a": str(a.path),
        "b": str(b.path),
        "di": None if di is None else str(di),
        "played": take.origin,
        "sample_rate": take.rate,
        **_plain(found),
        "target": None if verdict is None else take.target_name,
        "closer": None if verdict is None else verdict.closer,
        "a_to_target": None if verdict is None else _plain(verdict.a),
        "b_to_target": None if verdict is None else _plain(verdict.b),
        "notes": list(take.notes),
    }


def _plain(found: Comparison) -> dict[str, Any]:
    band = band_of(found.esr)
    return {
        "esr": found.esr,
        "verdict": band.word if band else None,
        "level_db": found.level_db,
        "null_db": found.null_db,
        "spectrum": [{**asdict(band), "difference_db": band.difference_db} for band in found.spectrum],
    }


def _rows(found: Comparison, a: Side, b: Side, take: Take, verdict: Verdict | None) -> Iterator[tuple[str, str]]:
    yield "a", str(a.path)
    yield "b", f"{b.path}, the reference"
    yield "played", f"{take.origin}, {len(take.a) / take.rate:.1f} s"
    if verdict is not None:
        yield "target", take.target_name
        yield "verdict", f"{verdict.word}."
        yield from (("", sentence) for sentence in verdict.sentences())
    yield from (("note", note) for note in take.notes)
    band = band_of(found.esr)
    yield "ESR", f"{found.esr:.2g}{f', {band.word}: {band.meaning}' if band else ''}"
    yield "level", f"a is {abs(found.level_db):.2f} dB {'louder' if found.level_db >= 0 else 'quieter'} than b"
    yield "null depth", f"{found.null_db:.1f} dB: what is left of b when a is subtracted at the level that fits best"
    for third in found.spectrum:
        difference = third.difference_db
        bar = ("+" if difference > 0 else "-") * min(20, round(abs(difference) / _BAR))
        yield f"{third.hz:g} Hz", f"{difference:+.1f} dB {bar}"
