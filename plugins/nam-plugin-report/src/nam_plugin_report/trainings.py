"""How several trainings went, side by side, from what their runs left for programs to follow."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nam_plugin_report.figures import OTHERS, headline, png
from nam_plugin_report.follow import FILE
from nam_plugin_report.panel import ReportPanel
from nam_plugin_report.words import duration, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Curve = list[tuple[float, float]]


def trainings_panel(runs: Mapping[str, Path]) -> ReportPanel | None:
    """
    Return a panel with the error of each run after each epoch.

    :param runs: their directories, by their names
    :return: None where no run has been followed (without this plugin there is no ``progress.jsonl``)
    """
    events = {name: _events(directory) for name, directory in runs.items()}
    curves = {name: _curve(listed) for name, listed in events.items()}
    if not any(curves.values()):
        return None
    best = {name: min(curve, key=lambda point: point[1]) for name, curve in curves.items() if curve}
    table = (
        ("", *best),
        ("Best ESR in its own validation", *(number(error) for _, error in best.values())),
        ("In epoch", *(f"{epoch:g}" for epoch, _ in best.values())),
        ("Epochs", *(f"{curves[name][-1][0]:g}" for name in best)),
        ("Time", *(duration(_seconds(events[name])) for name in best)),
    )
    caption = "The error after each validation"
    return ReportPanel("The trainings", (), png(partial(_draw, curves=curves)), caption, table=table)


def _events(directory: Path) -> list[Mapping[str, Any]]:
    try:
        lines = (directory / FILE).read_text(encoding="utf-8").splitlines()
        events = [json.loads(line) for line in lines]
    except (OSError, ValueError):
        return []
    return [event for event in events if isinstance(event, dict)]


def _curve(events: list[Mapping[str, Any]]) -> Curve:
    """Return the points (epoch, ESR), the last of an epoch that was repeated by a resumption."""
    points: dict[float, float] = {}
    for event in events:
        error = (event.get("metrics") or {}).get("ESR") if event.get("event") == "validated" else None
        if isinstance(error, (int, float)) and math.isfinite(error) and error > 0:
            points[float(event.get("epoch", len(points) + 1))] = float(error)
    return sorted(points.items())


def _seconds(events: list[Mapping[str, Any]]) -> float:
    """Return how long it was trained, the time between a stop and a resumption left out."""
    total, began = 0.0, None
    for event in events:
        time = float(event.get("time", 0.0))
        total += time - began if began is not None and event.get("event") != "started" else 0.0
        began = time
    return total


def _draw(figure: Figure, curves: Mapping[str, Curve]) -> None:
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

    axes = figure.subplots()
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    for index, (name, curve) in enumerate(curves.items()):
        if curve:
            marker = "o" if len(curve) < 30 else None
            axes.plot(*zip(*curve, strict=True), color=OTHERS[index % len(OTHERS)], marker=marker, label=name)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
    axes.set_ylabel("ESR")
    axes.legend(loc="upper right")
    headline(axes, "The trainings", "Error-to-signal ratio in each run's own validation; lower is better.")
