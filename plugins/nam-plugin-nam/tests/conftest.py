"""A net of one gain, so that the file is tested with the kernel alone; and no test touches the real home."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nam_kernel import BaseNet, Condition, plugins, register_net
from nam_kernel.interfaces import over_time
from support import CASES

Install = Callable[[str, str], None]


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


class Amp(BaseNet):
    """Multiply by a knob in dB, and turn the polarity by a switch."""

    receptive_field = 1
    conditions = (Condition("gain", -40.0, 20.0, 0.0, "dB"), Condition("polarity", choices=("normal", "turned")))

    @classmethod
    def init_from_config(cls, config: Mapping[str, Any]) -> Amp:
        return cls()

    def export_config(self) -> dict[str, Any]:
        return {}

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        gain, turned = over_time(x, conditions, 2).unbind(1)
        return x * 10 ** (gain / 20) * (1 - 2 * turned)


def _register() -> None:
    register_net("Gain", Gain, architectures=("Gain",))
    register_net("Amp", Amp, architectures=("Amp",))


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Offer the nets under their names, in a home of their own."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("NAM_HOME", str(folder))
    plugins.use(None)
    _register()
    yield folder
    plugins.use(None)


@pytest.fixture
def install(home: Path) -> Install:
    """Put a plugin into the extensions folder, and load it."""

    def put(name: str, source: str) -> None:
        folder = home / "extensions"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.py").write_text(source)
        plugins.use(None)
        _register()

    return put


@pytest.fixture
def gain() -> type[Gain]:
    """The class of the net."""
    return Gain


@pytest.fixture
def amp() -> type[Amp]:
    """The class of the net with a knob and a switch."""
    return Amp


@pytest.fixture(scope="session")
def cases() -> Path:
    """The folder of real material."""
    return CASES


@pytest.fixture(scope="session")
def faults(cases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small inputs that went wrong once."""
    maker = cases / "faults" / "make_faults.py"
    if not maker.is_file():
        pytest.skip(f"there is no {maker}")
    folder = tmp_path_factory.mktemp("faults")
    subprocess.run([sys.executable, str(maker), str(folder)], check=True)
    return folder
