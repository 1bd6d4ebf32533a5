"""Check captures of many settings before a training: one line for each, and what is wrong with them."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nam_kernel import Condition, Finding
from nam_kernel.config import RunConfig, collect_notes, read_documents, spelled, validate
from nam_kernel.errors import ConfigError, UserError
from nam_kernel.text import findings_table, printable
from nam_plugin_parametric.captures.config import CapturesConfig, Split
from nam_plugin_parametric.captures.configure import NAME, configure, entries_of
from nam_plugin_parametric.captures.knobs import spoken_all

if TYPE_CHECKING:
    from nam_plugin_parametric.captures.measuring import Measured


def main(argv: list[str]) -> int:
    """
    Run the command ``knobs check``, and return the exit code: 0, or 2 when something is wrong that stops a training.

    :param argv: the arguments after ``knobs check``
    :raises UserError: when the captures cannot be read
    """
    parser = argparse.ArgumentParser("nam-kernel knobs check", description=__doc__)
    parser.add_argument("captures", type=Path, help="a table of captures (.csv), or a data config that names some")
    parser.add_argument("--json", action="store_true", help="print everything as one JSON object, for programs")
    arguments = parser.parse_args(argv)
    try:
        captures, conditions, found = checked(arguments.captures)
    except UserError as error:
        if not arguments.json:
            raise
        print(json.dumps({"knobs": [], "captures": [], "findings": _of_error(error)}, indent=2))
        return error.exit_code
    if arguments.json:
        told = {
            "knobs": [spelled(condition) for condition in conditions],
            "captures": [_plain(measured) for measured in captures],
            "findings": [finding.plain() for finding in found],
        }
        print(json.dumps(told, indent=2))
    else:
        print("\n".join([*_lines(captures, conditions), "", findings_table(found)]))
    return 2 if any(finding.severity == "error" for finding in found) else 0


def checked(path: Path) -> tuple[list[Measured], Sequence[Condition], list[Finding]]:
    """
    Return captures with what was measured of each, their knobs, and what is wrong with them.

    :param path: of a table, all lines of which are taken for the training, or of a data config
    :raises UserError: when they cannot be read
    """
    config = _of_table(path) if path.suffix.lower() == ".csv" else read_documents(path, {}, {})
    if not list(entries_of(config.data)):
        told = f'it has no captures; give a table of them (.csv), or a data config with "type": "{NAME}"'
        raise ConfigError(str(path), [told])
    # Imported here, because torch comes with it.
    from nam_plugin_parametric.captures.checks import judged, measure
    from nam_plugin_parametric.captures.dataset import Captures
    from nam_plugin_parametric.captures.together import align_together

    with collect_notes() as notes:
        configure(config)
        parts: dict[Split, list[Captures]] = {"train": [], "validation": []}
        for split, entry in _validated(config):
            parts[split].append(Captures.init_from_config(entry, nx=1))
    align_together([dataset for datasets in parts.values() for dataset in datasets])
    captures = measure(parts)
    conditions = next(dataset.conditions for datasets in parts.values() for dataset in datasets)
    return captures, conditions, [*(Finding("note", "", told) for told in notes), *judged(captures, conditions, None)]


def _of_table(path: Path) -> RunConfig:
    """Return a run of all captures of a table, which refuses nothing that can be told."""
    common = {"type": NAME, "allow_unequal_lengths": True, "require_input_pre_silence": None}
    data = {"train": {"table": str(path.absolute()), "split": None}, "common": common}
    return RunConfig(data, {}, {}, {"data": str(path)})


def _validated(config: RunConfig) -> list[tuple[Split, CapturesConfig]]:
    """
    Return the entries of captures.

    :raises ConfigError: with all that is wrong with them
    """
    found, problems = [], []
    for entry in entries_of(config.data):
        merged = {**config.data.get("common", {}), **entry.own}
        merged.pop("type", None)
        checked, wrong = validate(CapturesConfig, merged, path=entry.place, base=config.bases.get("data"))
        problems += wrong
        if checked is not None:
            found.append((entry.split, checked))
    if problems:
        raise ConfigError(config.sources["data"], problems)
    return found


def _lines(captures: Sequence[Measured], conditions: Sequence[Condition]) -> list[str]:
    """Return a line for each capture, in columns, in the order of the settings."""
    rows = [("capture", "setting", "delay", "level", "polarity")]
    for m in sorted(captures, key=lambda m: [m.capture.settings.get(c.name, math.inf) for c in conditions]):
        delay = f"{m.capture.delay + m.lag} samples" if m.trusted else "-" if m.found is None else "unclear"
        level = f"{m.level:.1f} dBFS" if math.isfinite(m.level) else "silent"
        polarity = ("inverted" if m.inverted else "same") if m.trusted else "-"
        setting = spoken_all(conditions, m.capture.settings) + " (validation)" * (m.split == "validation")
        rows.append((printable(m.name), printable(setting), delay, level, polarity))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _plain(m: Measured) -> dict[str, Any]:
    return {
        "name": m.name,
        "where": m.capture.title,
        "split": m.split,
        "settings": dict(m.capture.settings),
        "moving": list(m.capture.moving),
        "delay": m.capture.delay + m.lag if m.trusted else None,
        "removed": m.capture.delay,
        "level_dbfs": round(m.level, 2) if math.isfinite(m.level) else None,
        "inverted": m.inverted if m.trusted else None,
    }


def _of_error(error: UserError) -> list[dict[str, Any]]:
    if isinstance(error, ConfigError):
        places = [(": ".join(filter(None, (error.source, p.where))), p.what) for p in error.problems]
    else:
        places = [("", str(error))]
    return [Finding("error", where, what).plain() for where, what in places]
