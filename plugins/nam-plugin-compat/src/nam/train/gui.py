"""The graphical trainer: the studio, where it is installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import importlib_metadata

MISSING = (
    "the graphical trainer is the studio, a page in the browser, which is not installed: pip install nam-plugin-studio "
    "and call nam again; without it, 'nam-kernel capture DI.wav AMP.wav' makes a model of two recordings"
)


def has_studio() -> bool:
    """Return whether the studio is installed."""
    return bool(importlib_metadata.entry_points(group="nam_kernel.commands.v1", name="studio"))


def run(argv: Sequence[str] = ()) -> int:
    """
    Open the studio, and return the exit code once it is closed; where it is not installed, print how to install it.

    :param argv: arguments of the command ``studio``: a folder, ``--port N``, ``--no-browser``
    """
    if not has_studio():
        print(f"nam: {MISSING}", file=sys.stderr)
        return 2
    (command,) = importlib_metadata.distribution("nam-kernel").entry_points.select(name="nam-kernel")
    code: int = command.load()(["studio", *argv])
    return code
