"""Draw a knob: error, level and spectral tilt over its range, the net as lines and the captures as dots."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nam_plugin_parametric.after.curves import Curve, Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MODEL, SEEN, UNSEEN = "#d55e00", "#3b3f46", "#0072b2"
"""Of the Okabe-Ito palette, which people with any colour vision can tell apart, and a grey."""


def picture_of(one: Curve, captures: Sequence[Measured], name: str) -> bytes:
    """
    Return a PNG file.

    :param captures: all of them: the error is shown of each, level and tilt of those that lie on the curve
    :param name: of the knob
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 7.5), layout="constrained")
    FigureCanvasAgg(figure)
    above, middle, below = figure.subplots(3, 1, sharex=True)
    for axes in (above, middle, below):
        axes.grid(color="#e4e6ea")
        axes.spines[["top", "right"]].set_visible(False)
        if one.condition.curve == "log":
            axes.set_xscale("log")
    for m in captures:
        _dot(above, m.excerpt.values[one.k], max(m.esr, 1e-8), m, on_it=m in one.on_it)
    if captures:
        above.set_yscale("log")
    above.set_ylabel("ESR")
    for axes, values, label in ((middle, one.levels, "level (dBFS)"), (below, one.tilts, "tilt (dB/octave)")):
        axes.plot(one.values, values, color=MODEL, linewidth=1.6, marker="o" if one.condition.choices else None)
        axes.set_ylabel(label)
    for m in one.on_it:
        _dot(middle, m.excerpt.values[one.k], m.level, m)
        _dot(below, m.excerpt.values[one.k], m.tilt, m)
    if one.condition.choices:
        below.set_xticks(one.values, one.condition.choices)
    unit = f" ({one.condition.unit})" if one.condition.unit else ""
    below.set_xlabel(f"{name}{unit}".replace("$", r"\$"))
    _legend(above)
    with io.BytesIO() as buffer:
        figure.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


def _dot(axes: Axes, at: float, value: float, m: Measured, *, on_it: bool = True) -> None:
    color = UNSEEN if m.is_unseen else SEEN
    axes.plot(
        [at], [value], color=color, marker="D" if m.is_unseen else "o", alpha=1.0 if on_it else 0.35, markersize=6
    )


def _legend(axes: Axes) -> None:
    axes.plot([], [], color=SEEN, marker="o", linestyle="", label="capture of the training")
    axes.plot([], [], color=UNSEEN, marker="D", linestyle="", label="capture never seen")
    axes.plot([], [], color=MODEL, label="model")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False)
