"""Small pieces of text for people: what was probably meant, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches


def suggestion(name: str, known: Sequence[str]) -> str:
    """Say which known name was probably meant, or which there are."""
    folded = {k.casefold(): k for k in known}
    matches = get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    if matches:
        return f"did you mean '{folded[matches[0]]}'?"
    return f"known: {', '.join(sorted(known))}" if known else "none is known here"
