"""
Lightning, imported whatever the environment says about plots.

The metrics that Lightning brings import matplotlib, which refuses to be imported when ``MPLBACKEND`` names a backend
that it does not know: that of a notebook, for one, in a command that was started from it. No training draws.
"""

from __future__ import annotations

import contextlib
import importlib
import os

from nam_kernel.config import note


def import_matplotlib() -> None:
    """Import matplotlib where it is installed, without a backend that it refuses."""
    try:
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module("matplotlib")
    except ValueError:
        backend = os.environ.pop("MPLBACKEND", None)
        if backend is None:
            raise
        try:
            importlib.import_module("matplotlib")
        finally:
            os.environ["MPLBACKEND"] = backend
        note(f"MPLBACKEND={backend} is not a backend that matplotlib has in this environment, and is left out")


import_matplotlib()

import pytorch_lightning as pl  # noqa: E402

__all__ = ["pl"]
