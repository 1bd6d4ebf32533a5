"""No test touches the real home."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def nam_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAM_HOME", str(tmp_path_factory.mktemp("home")))
