"""A job that takes a second, in a folder of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nam_kernel.interfaces import Job

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., Job]:
    """Make a job; what is not given is small and quick."""
    from lightning_parts import make_job

    torch.set_num_threads(1)

    def make(directory: str = "run", **changes: Any) -> Job:
        folder = tmp_path / directory
        folder.mkdir(exist_ok=True)
        return make_job(folder, **changes)

    return make
