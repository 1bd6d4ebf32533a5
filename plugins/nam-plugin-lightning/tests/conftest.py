"""A training that takes a second, in a folder of its own; and a home in which extensions can be put."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from nam_kernel import plugins

sys.path.insert(0, str(Path(__file__).parent))

if TYPE_CHECKING:
    from lightning_parts import Training


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for each test."""
    folder = tmp_path / "home"
    monkeypatch.setenv("NAM_HOME", str(folder))
    return folder


@pytest.fixture
def extension(home: Path) -> Iterator[Callable[[str, str], Path]]:
    """Put a file into the extensions folder, to be loaded when the plugins are next needed."""

    def write(name: str, text: str) -> Path:
        path = home / "extensions" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        plugins.use(None)
        return path

    before = set(sys.modules), list(sys.path)
    yield write
    plugins.use(None)
    for module in set(sys.modules) - before[0]:
        if module.startswith("nam_kernel.plugins.extension.") or not hasattr(sys.modules[module], "__spec__"):
            del sys.modules[module]
    sys.path[:] = before[1]


@pytest.fixture
def training(tmp_path: Path) -> Callable[..., Training]:
    """Prepare a training; what is not given is small and quick."""
    from lightning_parts import make_training

    torch.set_num_threads(1)

    def make(directory: str = "run", **changes: Any) -> Training:
        folder = tmp_path / directory
        folder.mkdir(exist_ok=True)
        return make_training(folder, **changes)

    return make
