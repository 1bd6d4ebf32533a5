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
def forget(home: Path) -> Callable[[], None]:
    """Forget the plugins and what was imported from the home, as a new process has never heard of either."""

    def run() -> None:
        plugins.use(None)
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None)).startswith(str(home)):
                del sys.modules[name]

    return run


@pytest.fixture
def extension(home: Path, forget: Callable[[], None]) -> Iterator[Callable[[str, str], Path]]:
    """Put a file into the extensions folder, to be loaded when the plugins are next needed."""

    def write(name: str, text: str) -> Path:
        path = home / "extensions" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        plugins.use(None)
        return path

    search_path = list(sys.path)
    yield write
    forget()
    sys.path[:] = search_path


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
