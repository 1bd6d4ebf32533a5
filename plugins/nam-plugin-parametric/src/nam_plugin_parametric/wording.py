"""Names of captures in a sentence."""

from __future__ import annotations

from collections.abc import Iterable

from nam_kernel.text import printable

MOST_NAMED = 5


def named(names: Iterable[str]) -> str:
    """Return the first five of some names, each once, and how many more there are."""
    told = [printable(name) for name in dict.fromkeys(names)]
    more = f" and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
    return ", ".join(told[:MOST_NAMED]) + more
