"""A file format and a net of this folder, so that the command is tested with the kernel alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nam_kernel import BaseNet, Exporter, plugins
from nam_kernel.errors import ModelFileError, UserError
from nam_kernel.plugins.registration import register

Install = Callable[[str], None]


class Scaled(BaseNet):
    """Multiply by the sum of some weights: a small and a large size of one net."""

    conditions = ()

    def __init__(self, count: int, sizes: tuple[int, ...] = ()) -> None:
        super().__init__(24000.0)
        self.sizes = sizes
        self.weights = nn.Parameter(torch.full((count,), 1 / count))

    @property
    def receptive_field(self) -> int:
        return 1

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> Scaled:
        return cls(int(config["count"]))

    def export_config(self) -> dict[str, Any]:
        return {"count": len(self.weights)}

    def at_size(self, size: float) -> BaseNet:
        if not self.sizes:
            raise UserError("one size only")
        return Scaled(self.sizes[min(int(size * len(self.sizes)), len(self.sizes) - 1)])

    def multiply_adds(self) -> int:
        return len(self.weights)

    def export_weights(self) -> Any:
        return self.weights.detach().numpy().astype(np.float32)

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return x * self.weights.sum()


def read(path: Path) -> BaseNet:
    counts = path.read_text(encoding="utf-8").split()
    if not counts or not all(count.isdigit() for count in counts):
        raise ModelFileError(f"{path} is damaged")
    return Scaled(max(map(int, counts)), tuple(map(int, counts)) if len(counts) > 1 else ()).eval()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own, in which extensions can be put."""
    folder = tmp_path / "home"
    (folder / "extensions").mkdir(parents=True)
    monkeypatch.setenv("NAM_HOME", str(folder))
    _begin()
    yield folder
    plugins.use(None)


@pytest.fixture
def install(home: Path) -> Install:
    """Install an extension of this source."""

    def write(source: str) -> None:
        number = len(list((home / "extensions").iterdir()))
        (home / "extensions" / f"bench_{number}_{home.parent.name}.py").write_text(source, encoding="utf-8")
        _begin()

    return write


def _begin() -> None:
    plugins.use(None)
    register(Exporter(name="toy", suffix=".toy", target=None, reader=read))
