"""A net of one gain, so that the file is tested with the kernel alone; and no test touches the real home."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nam_kernel import BaseNet, plugins, register_net, registration


class Gain(BaseNet):
    """Multiply by one weight, then clip."""

    def __init__(self, limit: float = 10.0, sample_rate: float | None = None) -> None:
        super().__init__(sample_rate)
        self.limit = limit
        self.gain = nn.Parameter(torch.ones(1))

    @property
    def receptive_field(self) -> int:
        return 1

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> Gain:
        return cls(float(config["limit"]))

    def export_config(self) -> dict[str, Any]:
        return {"limit": self.limit}

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return (self.gain * x).clamp(-self.limit, self.limit)


@pytest.fixture(autouse=True)
def gain_is_registered(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Offer the net under its name."""
    monkeypatch.setenv("NAM_HOME", str(tmp_path_factory.mktemp("home")))
    plugins._current = None
    registration.forget()
    register_net("Gain", Gain, architectures=("Gain",))
    yield
    plugins._current = None
    registration.forget()


@pytest.fixture
def gain() -> type[Gain]:
    """The class of the net."""
    return Gain


@pytest.fixture(scope="session")
def cases() -> Path:
    """The folder of real material, absent from a user's checkout."""
    folder = Path(os.environ.get("NAM_CASES", Path(__file__).parents[4] / "shared" / "cases"))
    if not folder.is_dir():
        pytest.skip(f"there is no folder {folder}; NAM_CASES names another one")
    return folder
