"""What tests in several folders name: the checkout, its material, and the type of the ``command`` fixture."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
Command = Callable[..., subprocess.CompletedProcess[str]]

_WHOLE = Path(os.environ.get("NAM_CASES", ROOT.parent / "shared" / "cases"))

CASES = _WHOLE if _WHOLE.is_dir() else ROOT / "tests" / "data" / "cases"
"""Real material: the whole of it where ``NAM_CASES`` or a folder beside the checkout has it, else short excerpts."""


def case(name: str) -> Path:
    """Return a piece of real material; the test is skipped where only the excerpts are there, and not this one."""
    if not (CASES / name).exists():
        pytest.skip(f"{name} is not among the excerpts; NAM_CASES names a folder that has it")
    return CASES / name
