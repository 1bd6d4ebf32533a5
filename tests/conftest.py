"""Fixtures that every test may use; above all, no test touches the real home."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import CASES, Command


@pytest.fixture(autouse=True)
def nam_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for each test, and none of the caller's switches."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("NAM_HOME", str(home))
    for name in ("NAM_PLUGINS_OFF", "NAM_STRICT", "NAM_TRUST_EXTENSIONS"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def fresh_plugins() -> Iterator[None]:
    """Forget what was loaded and registered, before and after."""
    from nam_kernel import plugins

    plugins.use(None)
    yield
    plugins.use(None)


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run a command of the package in a process of its own: ``command("nam_full", "--help")``."""

    def run(
        program: str, *arguments: object, path: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        module = {"nam_full": "nam_kernel.cli.full", "nam-kernel": "nam_kernel.cli.main"}[program]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
        if path is not None:
            environment["PYTHONPATH"] = str(path)
        return subprocess.run(
            [sys.executable, "-m", module, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=tmp_path,
            env=environment,
        )

    return run


@pytest.fixture(scope="session")
def cases() -> Path:
    """The folder of real material, recordings of amplifiers included, of which a checkout has excerpts only."""
    if not (CASES / "pairs").is_dir():
        pytest.skip(f"there are no recordings in {CASES}; NAM_CASES names a folder that has them")
    return CASES
