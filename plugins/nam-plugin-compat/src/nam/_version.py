"""The version of the older package whose names this one provides."""

from __future__ import annotations

__version__ = version = "0.13.0"
__version_tuple__ = version_tuple = (0, 13, 0)
