"""Show the figures in windows, where there is somebody to look at them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from nam_plugin_report.figures import SIZE, Draw

_SILENT_BACKENDS = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}


def show(drawings: Sequence[Draw]) -> bool:
    """
    Return whether the drawings were shown, one window each, once these are closed.

    False comes at once, when there is no display or matplotlib has no way to open windows.
    """
    if not drawings or not has_display():
        return False
    try:
        from matplotlib import pyplot

        if pyplot.get_backend().lower() in _SILENT_BACKENDS:
            return False
        for draw in drawings:
            draw(pyplot.figure(figsize=SIZE, layout="constrained"))
    except ImportError:  # the toolkit that the user's settings name is not installed, or cannot open a window
        return False
    pyplot.show()
    pyplot.close("all")
    return True


def has_display() -> bool:
    """Return whether a window could be opened here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
