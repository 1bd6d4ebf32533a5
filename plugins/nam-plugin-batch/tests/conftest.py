"""A home of its own for every test, and the computed recordings beside them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nam_kernel import plugins

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home without extensions; the plugins are found anew afterwards."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("NAM_HOME", str(folder))
    plugins.use(None)
    yield folder
    plugins.use(None)
