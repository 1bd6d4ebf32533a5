"""Draw target and prediction over each other: a few periods close up, and the level of the whole passage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nam_plugin_report.figures import DIFFERENCE, MODEL, QUIET, TARGET, headline
from nam_plugin_report.passage import USUAL_RATE, Passage, Signal, liveliest
from nam_plugin_report.words import number, verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CLOSE_UP = 0.025
"""Seconds: two periods of a guitar's low E (82 Hz), one of a bass's (41 Hz)."""

FRAME = 0.02
"""Seconds over which a level is taken."""

FLOOR = -100.0
"""dB re full scale; nothing quieter is drawn."""


def draw_comparison(figure: Figure, passage: Passage, output: str, esr: float) -> None:
    """
    Draw one output of the net against the target.

    :param esr: as it was measured on the whole validation signal
    """
    prediction = passage.predictions[output]
    with np.errstate(over="ignore", invalid="ignore"):
        error = prediction - passage.target
    rate = passage.rate or USUAL_RATE
    length = min(len(error), max(2, round(CLOSE_UP * rate)))
    start = liveliest(passage.target, length)
    near, far = figure.subplots(2, 1, height_ratios=(3, 2))
    which = f" ({output})" if output else ""
    _close_up(near, passage, prediction, error, slice(start, start + length))
    headline(
        near,
        f"Original and model{which}: {verdict(esr)} (ESR {number(esr)})",
        "Close-up of a lively moment. The better the model, the more exactly it follows the original.",
    )
    _levels(far, passage, prediction, error)
    if passage.rate:
        far.axvspan(start / rate, (start + length) / rate, color=QUIET, alpha=0.4, linewidth=0)
        far.annotate(" close-up", (start / rate, 0.02), xycoords=("data", "axes fraction"), color=QUIET, fontsize=9)
    headline(
        far,
        "Level of the passage",
        "The further the difference (blue) lies below the original (grey), the closer the model; "
        "20 dB is a tenth of the amplitude.",
    )


def levels(signal: Signal, frame: int) -> Signal:
    """Return the RMS level of every ``frame`` samples, in dB re full scale, not below ``FLOOR``: (L // frame,)."""
    frame = max(1, min(frame, len(signal)))
    count = len(signal) // frame
    with np.errstate(over="ignore", invalid="ignore"):
        power = np.mean(signal[: count * frame].reshape(count, frame) ** 2, axis=1)
        return np.asarray(10 * np.log10(np.maximum(power, 10 ** (FLOOR / 10))))


def _close_up(axes: Axes, passage: Passage, prediction: Signal, error: Signal, part: slice) -> None:
    start = part.start
    time = np.arange(part.stop - start, dtype=np.float64)
    if passage.rate:
        time = 1000 * (start + time) / passage.rate
    marker = "o" if len(time) < 20 else None

    axes.plot(time, passage.target[part], color=TARGET, linewidth=3.2, alpha=0.55, marker=marker, label="original")
    axes.plot(time, prediction[part], color=MODEL, linewidth=1.3, marker=marker, label="model")
    axes.fill_between(time, error[part], color=DIFFERENCE, alpha=0.4, linewidth=0, zorder=1, label="difference")
    reach = _reach(passage.target[part], prediction[part])
    axes.set_ylim(-reach, reach)
    axes.margins(x=0.01)
    axes.set_xlabel("time in the passage (ms)" if passage.rate else "samples")
    axes.set_ylabel("amplitude (full scale = 1)")
    axes.legend(loc="upper right", ncols=3)


def _levels(axes: Axes, passage: Passage, prediction: Signal, error: Signal) -> None:
    rate = passage.rate or USUAL_RATE
    frame = round(FRAME * rate)
    shown = ((passage.target, TARGET, 3.2, 0.55), (prediction, MODEL, 1.3, 1.0), (error, DIFFERENCE, 1.3, 1.0))
    for signal, color, width, alpha in shown:
        level = levels(signal, frame)
        time = (np.arange(len(level)) + 0.5) * min(frame, len(signal)) / (passage.rate or 1)
        marker = "o" if len(level) < 3 else None
        axes.plot(time, level, color=color, linewidth=width, alpha=alpha, marker=marker)
    axes.margins(x=0.01)
    axes.set_xlabel("time in the passage (s)" if passage.rate else "samples")
    axes.set_ylabel("level (dB re full scale)")


def _reach(target: Signal, prediction: Signal) -> float:
    """Return how far up and down to draw: a prediction that runs away must not make the target invisible."""
    loud = _peak(target)
    reach = max(loud, min(_peak(prediction), 4 * loud if loud > 0 else 1.0))
    return 1.35 * reach if reach > 0 else 1.0


def _peak(signal: Signal) -> float:
    finite = np.abs(signal[np.isfinite(signal)])
    return float(finite.max()) if len(finite) else 0.0
