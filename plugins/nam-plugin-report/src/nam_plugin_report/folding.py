"""The aliasing of models as a panel, beside that of others which were measured in the same way."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from nam_kernel import accelerate
from nam_kernel.interfaces import BaseNet
from nam_plugin_report.aliasing import Step, ratio, sweep
from nam_plugin_report.figures import OTHERS, QUIET, headline, png
from nam_plugin_report.panel import ReportPanel
from nam_plugin_report.passage import USUAL_RATE, Signal
from nam_plugin_report.spectrum import hertz

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Steps = tuple[Step, ...]

TABLE = "aliasing.json"
"""What ``measure_aliasing.py`` of this plugin's folder measured."""


def aliasing_of(net: BaseNet) -> Steps | None:
    """
    Return the sweep as a net plays it, at the defaults of its knobs, the last of several outputs.

    :return: None for a net that does not say which conditions it takes
    """
    if net.conditions is None:
        return None
    forward, settings = accelerate(net), net.settings()

    def play(x: Signal) -> Signal:
        played = net.render(torch.from_numpy(x).float(), *settings, forward=forward).double().numpy()
        return np.asarray(played.reshape(-1, len(x))[-1])

    return sweep(play, net.sample_rate or USUAL_RATE, int(net.receptive_field))


def aliasing_panel(models: Mapping[str, Steps]) -> ReportPanel:
    """Return a panel with the aliasing of models, by their names, and of those in the table."""
    measured = {name: ratio(steps) for name, steps in models.items()}
    table = [("", "Folded back"), *((name, _decibels(value)) for name, value in measured.items())]
    table += [(f"For comparison: {entry['name']}", _decibels(entry["db"])) for entry in known()]
    text = (
        "A digital model folds overtones that are too high for its sample rate back into the sound, where they are "
        "out of tune. This is the energy folded back of full-scale sines from 80 Hz to 5 kHz, over that of the tone "
        "with its proper overtones: the lower, the better. Quieter playing folds less."
    )
    draw = partial(_draw, models=models, others=known())
    caption = "Aliasing, by the frequency of the sine and in all"
    return ReportPanel("Aliasing", (), png(draw), caption, text, table=tuple(table))


def known() -> Sequence[Mapping[str, Any]]:
    """Return the models of the table: ``name`` and ``db`` of each."""
    text = files("nam_plugin_report").joinpath(TABLE).read_text(encoding="utf-8")
    models: Sequence[Mapping[str, Any]] = json.loads(text)["models"]
    return models


def _decibels(value: float) -> str:
    return "not a number" if math.isnan(value) else f"{value:.1f} dB"


def _draw(figure: Figure, models: Mapping[str, Steps], others: Sequence[Mapping[str, Any]]) -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    left, right = figure.subplots(2, 1, height_ratios=(3, 2))
    colors = {name: OTHERS[index % len(OTHERS)] for index, name in enumerate(models)}
    for name, steps in models.items():
        left.plot([s.hz for s in steps], [ratio((s,)) for s in steps], color=colors[name], marker="o", label=name)
    left.set_xscale("log")
    ticks = [100, 200, 500, 1000, 2000, 5000]
    left.set_xticks(ticks)
    left.xaxis.set_major_formatter(FuncFormatter(lambda value, _: hertz(value)))
    left.xaxis.set_minor_formatter(NullFormatter())
    left.set_ylabel("folded back (dB)")
    left.set_xlabel("frequency of the sine")
    if len(models) > 1:
        left.legend(loc="upper left")
    headline(left, "Aliasing along the sweep", "Energy folded back over that of the overtones proper; lower is better.")
    bars = [*((name, ratio(steps), colors[name]) for name, steps in models.items())]
    bars = [*bars, *((str(entry["name"]), float(entry["db"]), QUIET) for entry in others)]
    bars.sort(key=lambda bar: bar[1] if math.isfinite(bar[1]) else 0.0, reverse=True)
    lowest = min([-80.0, *(value - 5 for _, value, _ in bars if math.isfinite(value))])
    for place, (_, value, color) in enumerate(bars):
        if math.isfinite(value):
            right.barh(place, value - lowest, left=lowest, color=color, height=0.65)
            right.annotate(f" {value:.1f} dB", (value, place), va="center", fontsize=10)
    right.set_yticks(range(len(bars)), [name for name, _, _ in bars])
    right.grid(visible=False, axis="y")
    right.set_xlim(lowest, 0)
    headline(right, "The whole sweep, beside others", "The shorter the bar, the cleaner.")
