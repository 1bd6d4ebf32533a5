"""What all figures share: their size, colours that everyone can tell apart, and how they become PNG."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (10.0, 7.0)
"""Inches."""

TARGET = "#3b3f46"
MODEL = "#d55e00"
DIFFERENCE = "#0072b2"
QUIET = "#8a8f98"
BEST = "#f0c419"
OTHERS = ("#d55e00", "#009e73", "#cc79a7", "#0072b2", "#e69f00", "#56b4e9")
"""Of the Okabe-Ito palette, which people with any colour vision can tell apart."""

_STYLE = {
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": QUIET,
    "axes.grid": True,
    "grid.color": "#e4e6ea",
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "legend.frameon": False,
}

Draw = Callable[["Figure"], None]
"""Draws onto an empty figure."""


def png(draw: Draw) -> bytes:
    """Return a figure as PNG, whatever the user's own matplotlib settings are, and without a window system."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.style import context

    with context(["default", _STYLE]), io.BytesIO() as buffer:
        figure = Figure(figsize=SIZE, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        figure.savefig(buffer, format="png", dpi=120)
        return buffer.getvalue()


def headline(axes: Axes, text: str, explanation: str) -> None:
    """Put a title over axes: what is seen in bold, how to read it below."""
    axes.set_title(f"{text}\n", loc="left", fontweight="bold", fontsize=13)
    axes.text(0.0, 1.02, explanation, transform=axes.transAxes, color="#5b6068", fontsize=10)
