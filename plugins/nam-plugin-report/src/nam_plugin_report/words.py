"""Numbers in words that a guitarist understands."""

from __future__ import annotations

import math
import re

from nam_kernel.quality import band_of


def verdict(esr: float) -> str:
    """Return in a few words how good an ESR is."""
    band = band_of(esr)
    return band.word if band else "cannot be measured"


def number(value: float) -> str:
    """Return a positive number in a few digits: ``0.0123``, ``2.10e-05``, ``1.5``."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    if value == 0:
        return "0"
    return f"{value:.2e}" if abs(value) < 1e-4 or abs(value) >= 1e4 else f"{value:.3g}"


def percent(ratio: float) -> str:
    """Return a ratio as a percentage: ``1.2 %``."""
    return f"{100 * ratio:.2g} %" if 0 <= ratio < 0.995 else f"{100 * ratio:.0f} %"


def duration(seconds: float) -> str:
    """Return a duration in words: ``42 s``, ``3 min 12 s``, ``2 h 5 min``."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def inside(name: str) -> str:
    """Return a name as it stands inside a sentence: ``Original`` as ``original``, and ``A`` as it is."""
    return name if len(name) < 2 or name[1:2].isupper() else name[:1].lower() + name[1:]


def file_part(name: str) -> str:
    """Return a name made fit for file names on every system."""
    return re.sub(r"[^\w.-]+", "_", name).strip("._") or "output"
