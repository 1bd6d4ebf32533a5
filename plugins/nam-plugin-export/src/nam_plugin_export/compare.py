"""Compare two models, or a model and a recording: how far apart they are, and where."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nam_kernel.errors import DataError, UserError
from nam_kernel.quality import band_of
from nam_plugin_export.measures import Comparison, compare
from nam_plugin_export.playing import Side, read_side, signal_for
from nam_plugin_export.proving import print_rows

LARGEST_SHIFT = 16
"""Samples by which the lengths of a recording and its DI may differ."""

_BAR = 2.0
"""dB of a character in the drawn spectrum."""


def main(argv: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("nam-kernel compare", description=__doc__)
    parser.add_argument("a", type=Path, metavar="A", help="a model: a run's directory, a checkpoint, a model file")
    parser.add_argument("b", type=Path, metavar="B", help="the reference: another model, or a recording")
    parser.add_argument("--di", type=Path, metavar="X", help="what the models play; a computed guitar by default")
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    arguments = parser.parse_args(argv)
    a, b = read_side(arguments.a), read_side(arguments.b)
    found, rate, length = compared(a, b, arguments.di)
    if arguments.json:
        print(json.dumps(plain(found, a, b, arguments.di, rate), indent=2))
    else:
        heard = str(arguments.di) if arguments.di else "a computed guitar"
        rows = [("a", str(a.path)), ("b", f"{b.path}, the reference"), ("played", f"{heard}, {length / rate:.1f} s")]
        print_rows([*rows, *_rows(found)])
    return 0


def compared(a: Side, b: Side, di: Path | None) -> tuple[Comparison, float, int]:
    """
    Return the comparison, its sample rate in Hz, and its length in samples.

    :raises UserError: when the two cannot be compared
    """
    if a.net is None and b.net is None:
        raise UserError("both are recordings; name at least one model")
    signal, rate = signal_for(a, b, di)
    played = [side.played(signal) for side in (a, b)]
    lengths = [len(y) for y in played]
    if max(lengths) - min(lengths) > LARGEST_SHIFT:
        raise DataError(
            f"{a.path} has {lengths[0]} samples and {b.path} {lengths[1]}; give the DI that the recording was made with"
        )
    length = min(lengths)
    try:
        return compare(played[0][:length], played[1][:length], rate), rate, length
    except ValueError as error:
        raise DataError(f"{b.path}: {error}; play something louder, or give the two the other way round") from None


def plain(found: Comparison, a: Side, b: Side, di: Path | None, rate: float) -> dict[str, Any]:
    """Return a comparison as JSON types."""
    band = band_of(found.esr)
    return {
        "a": str(a.path),
        "b": str(b.path),
        "di": None if di is None else str(di),
        "sample_rate": rate,
        "esr": found.esr,
        "verdict": band.word if band else None,
        "level_db": found.level_db,
        "null_db": found.null_db,
        "spectrum": [{**asdict(band), "difference_db": band.difference_db} for band in found.spectrum],
    }


def _rows(found: Comparison) -> Iterator[tuple[str, str]]:
    band = band_of(found.esr)
    yield "ESR", f"{found.esr:.2g}{f', {band.word}: {band.meaning}' if band else ''}"
    yield "level", f"a is {abs(found.level_db):.2f} dB {'louder' if found.level_db >= 0 else 'quieter'} than b"
    yield "null depth", f"{found.null_db:.1f} dB: what is left of b when a is subtracted at the level that fits best"
    for third in found.spectrum:
        difference = third.difference_db
        bar = ("+" if difference > 0 else "-") * min(20, round(abs(difference) / _BAR))
        yield f"{third.hz:g} Hz", f"{difference:+.1f} dB {bar}"
