"""The losses of auraloss, which nam-plugin-losses brings along."""

from __future__ import annotations

from nam._dependencies.auraloss import freq

__all__ = ["freq"]
