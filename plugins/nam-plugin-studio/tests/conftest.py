"""A studio that answers, a client that may send anything, and computed recordings."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nam_kernel import plugins

sys.path.insert(0, str(Path(__file__).parent))

from served import Served, pair, serving


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home without extensions; the plugins are found anew afterwards."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("NAM_HOME", str(folder))
    plugins.use(None)
    yield folder
    plugins.use(None)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Served]:
    """A studio in an empty folder."""
    with serving(tmp_path / "studio") as served:
        yield served


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """``di.wav`` and ``amp.wav``, which lags by 37 samples: 8 s at 16 kHz."""
    return pair(tmp_path_factory.mktemp("recordings"))
