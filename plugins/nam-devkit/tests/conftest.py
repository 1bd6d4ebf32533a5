"""What these tests share: a home of their own, no plugins from before, the laws that a subject breaks, commands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import SkipTest

import pytest

Broken = Callable[[Sequence[Any], Callable[[], Any]], set[str]]
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def nam_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own for each test, none of the caller's switches, and nothing loaded or registered before."""
    from nam_kernel import plugins

    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("NAM_HOME", str(home))
    for name in ("NAM_PLUGINS_OFF", "NAM_STRICT", "NAM_TRUST_EXTENSIONS"):
        monkeypatch.delenv(name, raising=False)
    plugins.use(None)
    yield home
    plugins.use(None)


@pytest.fixture
def broken() -> Broken:
    """Return the names of the laws that do not hold for what ``subject()`` makes."""

    def find(laws: Sequence[Any], subject: Callable[[], Any]) -> set[str]:
        sentences = {}
        for law in laws:
            try:
                law(subject())
            except SkipTest:
                pass
            except AssertionError as error:
                sentences[law.__name__] = str(error)
        assert all(len(sentence) > 30 for sentence in sentences.values()), "a sentence says what to do"
        return set(sentences)

    return find


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run a command in a process of its own: ``command("nam-kernel", "plugins", "check", "x", path=site)``."""

    def run(program: str, *arguments: object, path: Path | None = None) -> subprocess.CompletedProcess[str]:
        module = {"nam_full": "nam_kernel.cli.full", "nam-kernel": "nam_kernel.cli.main"}.get(program, program)
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(path or "")}
        return subprocess.run(
            [sys.executable, "-m", module, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=tmp_path,
            env=environment,
        )

    return run
