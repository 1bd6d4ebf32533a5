"""Names and texts: what was probably meant, which parameters a function has, findings as a table."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Collection, Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nam_kernel.interfaces import Finding


def suggestion(name: str, known: Collection[str]) -> str:
    """Return a sentence with the known name that was probably meant, or with all of them."""
    folded = {k.casefold(): k for k in known}
    matches = get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    if matches:
        return f"did you mean '{folded[matches[0]]}'?"
    return f"known: {', '.join(sorted(known))}" if known else "none is known here"


def printable(text: str, longest: int = 20_000) -> str:
    """Return text as it may go to a terminal: control characters replaced, the middle cut out where it is too long."""
    begin, end, more = text[: longest * 2 // 3], text[-longest // 3 :], len(text) - longest
    cut = text if more <= 0 else f"{begin} ... ({more} characters more) ... {end}"
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in cut)


def parameters(function: Callable[..., Any]) -> set[str]:
    """Return the names of the parameters of a function; of one that does not tell them none."""
    try:
        return set(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return set()


def findings_table(findings: Iterable[Finding], width: int = 110) -> str:
    """
    Return the findings as lines that begin with how much each matters, the worst first.

    :param width: of the terminal, in characters
    """
    from nam_kernel.interfaces.findings import ORDER

    ordered = sorted(findings, key=lambda finding: ORDER.index(finding.severity))
    told = [(f"{finding.severity:<15} ", printable(str(finding))) for finding in ordered]
    return "\n".join(textwrap.fill(t, width, initial_indent=s, subsequent_indent=" " * len(s)) for s, t in told)
