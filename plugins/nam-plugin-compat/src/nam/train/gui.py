"""Says that the graphical trainer is not here, and what to use instead."""

from __future__ import annotations

raise ImportError(
    "nam.train.gui, the graphical trainer of neural-amp-modeler, is not part of nam-plugin-compat; "
    "train with nam_full, nam-kernel demo, or nam.train.full.main"
)
