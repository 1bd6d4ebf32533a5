"""A home of its own for every test, formats of which the proof passes, fails or is missing, and a run's directory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nam_kernel import BaseNet, Exporter, plugins, register, register_net
from nam_kernel.files import atomic_write_text
from nam_kernel.models import document_of, net_of
from nam_kernel.run.record import RunFacts


class Gain(BaseNet):
    """Multiply by one weight."""

    receptive_field = 1

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(1))

    @classmethod
    def init_from_config(cls, config: Any) -> Gain:
        return cls()

    def export_config(self) -> dict[str, Any]:
        return {}

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return self.gain * x


class Sized(Gain):
    """A net of two sizes, the smaller of which has half the gain."""

    outputs = ("small", "large")

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return torch.stack((0.5 * x, x), 1)

    def at_size(self, size: float) -> BaseNet:
        return made(0.5 if size < 0.5 else 1.0)


def made(gain: float) -> Gain:
    net = Gain()
    net.gain.data.fill_(gain)
    return net.eval()


def write(net: BaseNet, outdir: Path, basename: str, metadata: Mapping[str, Any]) -> list[Path]:
    files = [outdir / f"{basename}.tape", outdir / f"{basename}.label.txt"]
    atomic_write_text(files[0], json.dumps({**document_of(net), "metadata": dict(metadata)}))
    atomic_write_text(files[1], net.architecture)
    return files


def read(path: Path) -> BaseNet:
    return net_of(json.loads(path.read_text()))


def refuses(net: BaseNet) -> str | None:
    return "it is longer than the tape" if float(net.gain.detach()) > 100 else None  # type: ignore[operator]


def play(path: Path) -> Any:
    (gain,) = json.loads(path.read_text())["weights"]
    return lambda x: np.float64(gain) * x


def play_wrong(path: Path) -> Any:
    return lambda x: 1.001 * play(path)(x)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Offer the nets and the formats, in a home of their own."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("NAM_HOME", str(folder))
    plugins.use(None)
    register_net("Gain", Gain, architectures=("Gain",))
    register_net("Sized", Sized, architectures=("Sized",))
    register(Exporter(name="tape", target=write, suffix=".tape", reader=read, refuses=refuses, runner=play))
    register(Exporter(name="worn", target=write, suffix=".worn", runner=play_wrong))
    register(Exporter(name="blank", target=write, suffix=".blank"))
    register(Exporter(name="shelf", target=None, suffix=".shelf", reader=read))
    yield folder
    plugins.use(None)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A file of a net of gain 2."""
    return write(made(2.0), tmp_path, "m", {"name": "Two"})[0]


@pytest.fixture
def write_model() -> Callable[[float, Path], Path]:
    """Return what writes the model of a run: given its gain, and the run's directory."""
    return lambda gain, folder: write(made(gain), folder, "model", {})[0]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The directory of a run whose model has gain 3, and whose checkpoint has gain 4."""
    folder = tmp_path / "run"
    (folder / "checkpoints").mkdir(parents=True)
    write(made(3.0), folder, "model", {})
    facts = {"state": "done", "started": "", "versions": {}, "machine": "", "seed": 0, "components": {}, "bases": {}}
    named = RunFacts.model_validate({**facts, "files": ["model.label.txt", "model.tape"]})
    (folder / "run.json").write_text(named.model_dump_json())
    (folder / "config_data.json").write_text('{"train": {}, "metadata": {"name": "Four"}} // of the run')
    (folder / "config_model.json").write_text('{"net": {"name": "Gain"}}')
    (folder / "config_learning.json").write_text("{}")
    torch.save({"state_dict": {"net.gain": torch.tensor([4.0])}}, folder / "checkpoints" / "best.ckpt")
    return folder
