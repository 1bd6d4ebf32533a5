"""What there is to say about a run and its model, as rows (label, value) of plain words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nam_plugin_report.words import duration, number, verdict

if TYPE_CHECKING:
    from nam_kernel.interfaces import Result

Rows = tuple[tuple[str, str], ...]

_GEAR = {
    "amp": "amplifier, without a cabinet",
    "pedal": "pedal",
    "pedal_amp": "pedal and amplifier, without a cabinet",
    "amp_cab": "amplifier and cabinet",
    "amp_pedal_cab": "pedal, amplifier and cabinet",
    "preamp": "preamp, without a power amp and a cabinet",
    "studio": "studio gear",
}
_NEEDS_CABINET = {"amp", "pedal_amp", "preamp"}

_METADATA = (
    ("modeled_by", "Modeled by", ""),
    ("gear_make", "Make", ""),
    ("gear_model", "Model", ""),
    ("tone_type", "Tone", ""),
    ("input_level_dbu", "Input level", " dBu"),
    ("output_level_dbu", "Output level", " dBu"),
    ("loudness", "Loudness", " dB"),
)


def model_name(result: Result) -> str:
    """Return the name of the model: its maker's, or else that of its file or of the run."""
    given = metadata_of(result.model_path).get("name")
    if isinstance(given, str) and given.strip():
        return given
    return result.model_path.stem if result.model_path else result.directory.name or "Capture"


def metadata_of(path: Path | None) -> Mapping[str, Any]:
    """Return the metadata of a ``.nam`` file; empty where there is none."""
    if path is None or path.suffix != ".nam":
        return {}
    try:
        metadata = json.loads(path.read_text(encoding="utf-8")).get("metadata")
    except (OSError, ValueError, AttributeError):
        return {}
    return metadata if isinstance(metadata, Mapping) else {}


def about_run(result: Result, errors: Mapping[str, float]) -> Rows:
    """
    Return how the training went.

    :param errors: the ESR of each output, by its name: ``""`` for one
    """
    rows = []
    for name, error in errors.items():
        rows.append((f"ESR, {name}" if name else "ESR", f"{number(error)} ({verdict(error)})"))
    if "val_loss" in result.metrics:
        rows.append(("Validation loss", number(result.metrics["val_loss"])))
    rows.append(("Epochs trained", str(result.epochs)))
    if result.best_epoch is not None:
        rows.append(("Best epoch", str(result.best_epoch)))
    rows.append(("Training time", duration(result.seconds)))
    if result.interrupted is not None:
        rows.append(("Stopped early", "interrupted; this is the best model until then"))
    elif result.stopped:
        rows.append(("Stopped early", result.stopped))
    return tuple(rows)


def about_model(result: Result) -> Rows:
    """Return what the model is, and what its maker says of it."""
    net, metadata = result.net, metadata_of(result.model_path)
    rows = [("Architecture", net.architecture), ("Parameters", f"{net.parameter_count():,}")]
    if net.sample_rate:
        rows.append(("Sample rate", f"{net.sample_rate:g} Hz"))
    if net.receptive_field > 1:
        span = f"{1000 * net.receptive_field / net.sample_rate:.0f} ms, " if net.sample_rate else ""
        rows.append(("Receptive field", f"{span}{net.receptive_field} samples"))
    if net.conditions:
        rows.append(("Knobs and switches", ", ".join(c.name or str(i) for i, c in enumerate(net.conditions, 1))))
    if net.outputs:
        rows.append(("Outputs", ", ".join(net.outputs)))
    if metadata.get("gear_type"):
        rows.append(("Gear", _GEAR.get(str(metadata["gear_type"]), str(metadata["gear_type"]))))
    for key, label, unit in _METADATA:
        value = metadata.get(key)
        if value not in (None, ""):
            shown = f"{value:.1f}" if isinstance(value, float) else str(value)
            rows.append((label, f"{shown}{unit}"))
    rows.extend(("File", path.name) for path in result.files)
    return tuple(rows)


def instructions(result: Result) -> list[str]:
    """Return the steps to play through the model."""
    players = [path for path in result.files if path.suffix == ".nam"]
    if not players:
        return ["This run wrote no .nam file, which is what the players for guitarists read."]
    file_name = players[0].name
    steps = [
        f"Find {file_name} in the folder of this run. A player needs nothing else; rename it as you like.",
        "Open a player that reads .nam files: the Neural Amp Modeler plugin, in your recording program "
        "or on its own, or a pedal or modeler that loads NAM captures.",
        f"Load {file_name} as the model, and plug your guitar into an instrument (Hi-Z) input.",
    ]
    gear = metadata_of(players[0]).get("gear_type")
    if gear in _NEEDS_CABINET:
        steps.append("Load a cabinet impulse response (IR) after it: there is no loudspeaker in this capture.")
    elif gear is None:
        steps.append(
            "If it sounds thin and fizzy, there is no loudspeaker in the capture: "
            "load a cabinet impulse response (IR) after it."
        )
    if result.net.sample_rate:
        steps.append(f"Play at {result.net.sample_rate:g} Hz, as it was made, or let the player convert the rate.")
    return steps
