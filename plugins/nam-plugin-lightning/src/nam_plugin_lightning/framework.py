"""
Lightning, imported whatever the environment says about plots.

The metrics that Lightning brings import matplotlib, which refuses to be imported when ``MPLBACKEND`` names a backend
that it does not know: that of a notebook, for one, in a command that was started from it. No training draws.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

from nam_kernel.config import note
from nam_plugin_lightning.lean import import_lightning


def import_matplotlib() -> None:
    """Import matplotlib where it is installed, with the backend of the environment only if it accepts that."""
    backend = os.environ.get("MPLBACKEND")
    if not backend or "matplotlib" in sys.modules:
        return
    del os.environ["MPLBACKEND"]
    try:
        matplotlib: Any = importlib.import_module("matplotlib")
    except ModuleNotFoundError:
        return
    finally:
        os.environ["MPLBACKEND"] = backend
    try:
        matplotlib.rcParams["backend"] = backend
    except ValueError:
        note(f"MPLBACKEND={backend} is not a backend that matplotlib has in this environment, and is left out")


import_matplotlib()
import_lightning()

import pytorch_lightning as pl  # noqa: E402
from lightning_fabric.utilities.exceptions import MisconfigurationException  # noqa: E402

__all__ = ["MisconfigurationException", "pl"]
