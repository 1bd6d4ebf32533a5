"""Show what a model file holds."""

from __future__ import annotations

import argparse
import json
import math
import re
from pathlib import Path
from typing import Any

from nam_kernel import Condition
from nam_kernel.config import collect_notes
from nam_kernel.interfaces import BaseNet
from nam_kernel.text import printable
from nam_plugin_nam.loudness import DEFAULT_RATE
from nam_plugin_nam.meanings import Player, order_of_taps
from nam_plugin_nam.options import add_meanings
from nam_plugin_nam.read import net_in, read_document

Rows = list[tuple[str, str]]


def main(argv: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("nam-kernel info", description=__doc__)
    parser.add_argument("model", type=Path, help="the model file, .nam")
    add_meanings(parser)
    arguments = parser.parse_args(argv)
    rows = describe(arguments.model, arguments.player, newest_last=arguments.newest_last)
    width = max(len(label) for label, _ in rows)
    for label, value in rows:
        print(f"{label.ljust(width)}  {value}".rstrip())
    return 0


def describe(path: Path, player: Player = "released", *, newest_last: bool = False) -> Rows:
    """
    Return what a file holds, as rows (label, value) that can be printed.

    :param player, newest_last: as in ``nam_plugin_nam.read.read``
    :raises nam_kernel.errors.ModelFileError: when it cannot be read
    """
    document = read_document(path)
    with collect_notes() as notes:
        net = net_in(document, path, player, newest_last=newest_last)
    rows = [
        ("file", str(path)),
        ("version", document["version"]),
        *_of_net(net),
        *order_of_taps(document, newest_last=newest_last),
        *(("note", told) for told in notes),
        *_of_metadata(document.get("metadata") or {}),
    ]
    return [(_shown(label, 60), _shown(value, 2000)) for label, value in rows]


def _shown(text: str, longest: int) -> str:
    """Return text from a file as one line for a terminal."""
    return " ".join(printable(text, longest).split())


def _of_net(net: BaseNet) -> Rows:
    rate = net.sample_rate or DEFAULT_RATE
    stated = f"{rate:g} Hz" + ("" if net.sample_rate else " (not stated; players assume this)")
    field = net.receptive_field
    operations = net.multiply_adds()
    return [
        ("architecture", net.architecture),
        ("sample rate", stated),
        ("receptive field", f"{field} samples, {1000 * field / rate:.1f} ms" if field > 1 else "recurrent"),
        ("parameters", f"{net.parameter_count()}"),
        *([("multiply-adds", f"{operations} per sample")] if operations is not None else []),
        *_of_conditions(net.conditions),
        *net.describe(),
    ]


def _of_conditions(conditions: tuple[Condition, ...] | None) -> Rows:
    """Return a row for each knob and switch: its range, its unit, its default."""
    if conditions is None:
        return [("conditions", "not declared")]
    return [_of_condition(condition, position) for position, condition in enumerate(conditions, 1)]


def _of_condition(condition: Condition, position: int) -> tuple[str, str]:
    name, default = condition.name or str(position), float(condition.default or 0.0)
    if condition.choices:
        chosen = condition.choices[round(default)]
        return f"switch {name}", f"{', '.join(condition.choices)}; {chosen} by default"
    unit = f" {condition.unit}" if condition.unit else ""
    bounded = math.isfinite(condition.low) and math.isfinite(condition.high)
    values = f"{condition.low:g} to {condition.high:g}{unit}" if bounded else f"any number{unit}"
    return f"knob {name}", f"{values}; {f'{default:g} by default' if math.isfinite(default) else 'it has to be set'}"


def _of_metadata(metadata: dict[str, Any]) -> Rows:
    rows: Rows = []
    for key, value in metadata.items():
        if value is None:
            continue
        if key == "date" and isinstance(value, dict):
            rows.append((key, _date(value)))
        elif key == "loudness" and isinstance(value, (int, float)):
            rows.append((key, f"{value:.1f} dB re full scale"))
        elif key == "gain" and isinstance(value, (int, float)):
            rows.append((key, f"{value:.2f} (0 clean, 1 fully compressed)"))
        elif key == "proof" and isinstance(value, dict):
            rows.append((key, _proof(value)))
        elif key == "made_by" and isinstance(value, dict):
            rows += [(f"{_part(role)} by", _maker(maker)) for role, maker in value.items()]
        else:
            rows.append((key, value if isinstance(value, str) else json.dumps(value)))
    return rows


def _date(date: dict[str, Any]) -> str:
    try:
        return "{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{second:02d}".format(**date)
    except (KeyError, ValueError):
        return json.dumps(date)


def _proof(proof: dict[str, Any]) -> str:
    """Return how a file was proven, as a sentence."""
    error, played = proof.get("largest_error"), proof.get("played")
    if not isinstance(error, (int, float)) or not isinstance(played, str):
        return json.dumps(proof)
    return f"within {error:.1e} of the net's peak, played {played}"


def _part(role: str) -> str:
    """Return in words the part that a component played: ``train[1]`` is ``training data 2``."""
    match = _ROLE.fullmatch(role)
    if match is None:
        return role
    kind, index, name = match.groups()
    number = "" if index is None else f" {int(index) + 1}"
    return f"{_PARTS.get(kind, kind)}{number}{f' {name}' if name else ''}"


_ROLE = re.compile(r"([^.\[ ]+)(?:\[(\d+)\])?(?:\.(.+))?")

_PARTS = {"train": "training data", "validation": "validation data", "export": "exporter"}


def _maker(maker: Any) -> str:
    if not isinstance(maker, dict):
        return str(maker)
    return " ".join(str(maker[key]) for key in ("component", "from", "version") if key in maker)
