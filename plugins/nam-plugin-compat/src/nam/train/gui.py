"""The graphical trainer, which is not here; the error names what to use in its place."""

from __future__ import annotations

raise ImportError(
    "nam.train.gui, the graphical trainer of neural-amp-modeler, is not part of nam-plugin-compat; "
    "train with nam_full, nam-kernel demo, or nam.train.full.main"
)
