"""A home of its own for every test, in which extensions can be put."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nam_kernel import plugins


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home without extensions; the plugins are found anew afterwards."""
    folder = tmp_path / "home"
    monkeypatch.setenv("NAM_HOME", str(folder))
    plugins.use(None)
    yield folder
    plugins.use(None)


@pytest.fixture
def extension(home: Path) -> Callable[[str, str], None]:
    """Put a file into the extensions folder."""

    def write(name: str, text: str) -> None:
        (home / "extensions").mkdir(parents=True, exist_ok=True)
        (home / "extensions" / f"{name}.py").write_text(text, encoding="utf-8")
        plugins.use(None)

    return write
