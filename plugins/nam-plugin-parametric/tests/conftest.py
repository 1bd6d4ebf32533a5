"""Tests run on one thread, because these nets are small, and never touch the real home."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from nam_kernel import plugins

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True, scope="package")
def one_thread() -> Iterator[None]:
    """One thread: for nets this small, more threads cost more than they give."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty home for each test, and the plugins that are installed."""
    monkeypatch.setenv("NAM_HOME", str(tmp_path_factory.mktemp("home")))
    plugins.use(None)
    yield
    plugins.use(None)
