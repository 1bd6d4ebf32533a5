"""Fixtures of the kernel's own tests: no plugin but the one of ``parts`` is in use."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import parts
import zoo
from nam_kernel import plugins
from nam_kernel.plugins.discovery import find

Install = Callable[[str, str], None]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of ``sys.path`` in which distributions can be installed; its modules are forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    for name in [n for n in sys.modules if n.startswith(("zoo_", "nam_kernel.plugins.extension."))]:
        monkeypatch.delitem(sys.modules, name)
    return folder


@pytest.fixture
def alone(site: Path, fresh_plugins: None) -> Install:
    """The kernel with the plugin of ``parts``, and those that the returned function installs: name, hook module."""
    zoo.install(site, "alone", parts.HOOKS)

    def only() -> None:
        others = [f.source for f in find() if not f.target.startswith("zoo_")]
        plugins.use(without=others)

    def install(name: str, source: str) -> None:
        zoo.install(site, name, source)
        only()

    only()
    return install
