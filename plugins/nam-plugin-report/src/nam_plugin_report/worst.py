"""The second in which a model is the furthest from the original, to see and to hear."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from nam_plugin_report.audio import common_gain, peak, wav_bytes
from nam_plugin_report.figures import DIFFERENCE, MODEL, TARGET, headline, png
from nam_plugin_report.panel import Player, ReportPanel
from nam_plugin_report.passage import Signal, esr, loudest
from nam_plugin_report.words import inside, number, percent, verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LENGTH = 1.0
"""Seconds."""

CLOSE_UP = 0.02
"""Seconds: four periods of a guitar's open G."""


def worst_panel(
    original: Signal,
    model: Signal,
    rate: float,
    names: tuple[str, str] = ("Original", "Model"),
    title: str = "The worst second",
) -> ReportPanel | None:
    """
    Return a panel with the second in which the difference has the most energy.

    :param original: (L,)
    :param model: (L,)
    :param rate: in Hz
    :param names: of the two
    :return: None where there is no difference, or no more than that second
    """
    difference = np.nan_to_num(original - model)
    energy = float(difference @ difference)
    length = round(LENGTH * rate)
    if not energy or not math.isfinite(energy) or len(difference) <= length:
        return None
    start = loudest(difference, length)
    part = slice(start, start + length)
    share = float(difference[part] @ difference[part]) / energy
    error = esr(model[part], original[part])
    rows = (
        ("Begins at", _at(start / rate)),
        ("ESR in it", f"{number(error)} ({verdict(error)})"),
        ("Its share of all the error", f"{percent(share)}, in {percent(length / len(difference))} of the time"),
    )
    signals = dict(zip((*names, "Difference"), (original[part], model[part], difference[part]), strict=True))
    gain = common_gain(max(map(peak, signals.values())))
    players = tuple(Player(title, wav_bytes(gain * signal, rate)) for title, signal in signals.items())
    draw = partial(_draw, original=original[part], model=model[part], rate=rate, begin=start / rate, names=names)
    caption = f"{names[0]}, {inside(names[1])} and difference"
    text = "Where the difference has the most energy. What sounds right here does so elsewhere."
    return ReportPanel(title, rows, png(draw), caption, text, players)


def _at(seconds: float) -> str:
    minutes = int(seconds // 60)
    return f"{minutes} min {seconds - 60 * minutes:.1f} s" if minutes else f"{seconds:.1f} s"


def _draw(figure: Figure, original: Signal, model: Signal, rate: float, begin: float, names: tuple[str, str]) -> None:
    above, middle, below = figure.subplots(3, 1, height_ratios=(3, 2, 3))
    time = begin + np.arange(len(original)) / rate
    reach = 1.1 * max(peak(original), min(peak(model), 4 * peak(original)), 1e-6)
    _pair(above, time, original, model, names, reach)
    above.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, borderaxespad=0.2)
    above.tick_params(labelbottom=False)
    headline(above, "The second", f"{names[0]} and {inside(names[1])} over each other.")
    middle.plot(time, original - model, color=DIFFERENCE, linewidth=0.8)
    middle.set_ylim(-reach, reach)
    middle.margins(x=0.01)
    middle.set_xlabel("time in the passage (s)")
    headline(middle, "Difference", f"{names[0]} minus {inside(names[1])}, at the same scale.")
    length = max(2, min(round(CLOSE_UP * rate), len(original)))
    start = loudest(np.nan_to_num(original - model), length)
    part = slice(start, start + length)
    _pair(below, 1000 * (time[part] - time[start]), original[part], model[part], names, reach)
    below.fill_between(
        1000 * (time[part] - time[start]), (original - model)[part], color=DIFFERENCE, alpha=0.4, linewidth=0
    )
    below.set_xlabel(f"time after {time[start]:.2f} s (ms)")
    headline(below, "Close-up", "The worst moment of it, with the difference filled in.")


def _pair(axes: Axes, time: Signal, original: Signal, model: Signal, names: tuple[str, str], reach: float) -> None:
    axes.plot(time, original, color=TARGET, linewidth=2.4, alpha=0.55, label=names[0])
    axes.plot(time, model, color=MODEL, linewidth=0.9, label=names[1])
    axes.set_ylim(-reach, reach)
    axes.margins(x=0.01)
