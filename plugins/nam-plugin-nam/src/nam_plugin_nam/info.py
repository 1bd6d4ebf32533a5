"""``nam-kernel info``: a readable table of what a model file holds."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from nam_kernel.interfaces import BaseNet
from nam_plugin_nam.loudness import DEFAULT_RATE
from nam_plugin_nam.read import read, read_document

Rows = list[tuple[str, str]]


def main(argv: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("nam-kernel info", description="Show what a model file holds.")
    parser.add_argument("model", type=Path, help="the model file, .nam")
    arguments = parser.parse_args(argv)
    rows = describe(arguments.model)
    width = max(len(label) for label, _ in rows)
    for label, value in rows:
        print(f"{label.ljust(width)}  {value}".rstrip())
    return 0


def describe(path: Path) -> Rows:
    """
    Describe a file in rows of label and value.

    :raises nam_kernel.errors.ModelFileError: when it cannot be read
    """
    document = read_document(path)
    net = read(path)
    return [
        ("file", str(path)),
        ("version", document["version"]),
        *_of_net(net),
        *_of_metadata(document.get("metadata") or {}),
    ]


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
        *net.describe(),
    ]


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
        elif key == "made_by" and isinstance(value, dict):
            rows += [(f"{role} by", _maker(maker)) for role, maker in value.items()]
        else:
            rows.append((key, value if isinstance(value, str) else json.dumps(value)))
    return rows


def _date(date: dict[str, Any]) -> str:
    try:
        return "{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{second:02d}".format(**date)
    except (KeyError, ValueError):
        return json.dumps(date)


def _maker(maker: Any) -> str:
    if not isinstance(maker, dict):
        return str(maker)
    return " ".join(str(maker[key]) for key in ("component", "from", "version") if key in maker)
