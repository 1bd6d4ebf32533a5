"""Train once without each capture, and tell how close the net comes to the one that it never heard."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nam_kernel
from nam_kernel import Condition
from nam_kernel.errors import UserError
from nam_kernel.files import atomic_write_text, expanded
from nam_kernel.interfaces import flatten
from nam_kernel.quality import ESR
from nam_kernel.text import suggestion
from nam_plugin_parametric.settings import sentence_of

if TYPE_CHECKING:
    from nam_plugin_parametric.captures.capture import Capture

FILE = "leave_one_out.json"

Json = dict[str, Any]


def main(argv: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("nam-kernel knobs leave-one-out", description=__doc__)
    for name in ("data", "model", "learning"):
        parser.add_argument(name, metavar=name.upper(), type=Path, help=f"the {name} config, JSON; data of captures")
    parser.add_argument("outdir", metavar="OUTDIR", type=Path, help="folder for the runs and the table")
    parser.add_argument("--only", action="append", default=[], metavar="CAPTURE", help="leave out these only, by name")
    given = parser.parse_args(argv)
    outdir = expanded(given.outdir)
    captures, conditions = captures_of(given.data, given.model, given.learning)
    chosen = [capture for capture in captures if not given.only or capture.name in given.only]
    unknown = sorted(set(given.only) - {capture.name for capture in captures})
    if unknown:
        raise UserError(f"there is no capture '{unknown[0]}'; {suggestion(unknown[0], [c.name for c in captures])}")
    rows: list[Json] = []
    for capture in chosen:
        print(f"without {capture.name} ({_told(capture, conditions)})", file=sys.stderr)
        data = without(capture, captures, conditions)
        result = nam_kernel.train(data, given.model, given.learning, outdir / Path(capture.name).stem, plots=False)
        if result.interrupted is not None:
            return 128 + result.interrupted
        error = result.metrics.get(ESR)
        rows.append(
            {"capture": capture.name, "setting": _told(capture, conditions), "esr": error, "run": str(result.directory)}
        )
        atomic_write_text(outdir / FILE, json.dumps(rows, indent=2) + "\n")
    print("\n".join(table(rows)))
    return 0


def captures_of(data: Path, model: Path, learning: Path) -> tuple[list[Capture], tuple[Condition, ...]]:
    """
    Return the captures of a training, and its knobs.

    :raises UserError: when something is wrong with the configs, or there are not enough captures
    """
    run = nam_kernel.check(data, model, learning)
    try:
        parts = flatten(run.train)
        captures = [capture for part in parts for capture in getattr(part, "captures", ())]
        conditions: tuple[Condition, ...] = tuple(parts[0].conditions or ())
    finally:
        run.teardown()
    if len(captures) < 3:
        raise UserError(
            f"{data} trains on {len(captures)} captures; there have to be three, so that two are left of them"
        )
    return captures, conditions


def without(left_out: Capture, captures: Sequence[Capture], conditions: Sequence[Condition]) -> Json:
    """Return a data config that trains on all captures but one, and validates on that."""
    train = [_entry(capture, conditions) for capture in captures if capture is not left_out]
    common = {"type": "Captures", "knobs": {condition.name: _spec(condition) for condition in conditions}}
    return {"train": train, "validation": [_entry(left_out, conditions)], "common": common}


def table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the errors as lines, the worst capture and the mean at the end."""
    known = [row for row in rows if row["esr"] is not None]
    lines = [f"{row['capture']:<32} {row['setting']:<32} ESR {row['esr']:.4f}" for row in known]
    if known:
        worst = max(known, key=lambda row: row["esr"])
        lines.append(
            f"mean of {len(known)}: ESR {sum(row['esr'] for row in known) / len(known):.4f}; worst: {worst['capture']}"
        )
    return lines


def _entry(capture: Capture, conditions: Sequence[Condition]) -> Json:
    own = capture.recording.row.config.model_dump(mode="json", exclude_unset=True)
    return {**own, "knobs": _setting(capture, conditions)}


def _setting(capture: Capture, conditions: Sequence[Condition]) -> dict[str, float | str]:
    """Return the knobs that stand still, switches by the names of their positions."""
    standing = {c.name: (c, capture.settings[c.name]) for c in conditions if c.name in capture.settings}
    return {name: c.choices[round(value)] if c.choices else value for name, (c, value) in standing.items()}


def _spec(condition: Condition) -> Json:
    shared = {"default": condition.default, "unit": condition.unit}
    if condition.choices:
        return {"choices": list(condition.choices), **shared}
    return {"low": condition.low, "high": condition.high, "step": condition.step, "curve": condition.curve, **shared}


def _told(capture: Capture, conditions: Sequence[Condition]) -> str:
    moving = f", {', '.join(capture.moving)} moving" if capture.moving else ""
    return sentence_of(_setting(capture, conditions)) + moving
