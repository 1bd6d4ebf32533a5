"""What these tests share: a home of their own, no plugins from before, and a small recording."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

RATE = 8000


@pytest.fixture(autouse=True)
def extensions(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The extensions folder of a home of its own; nothing was loaded or registered before, nor is after."""
    from nam_kernel import plugins

    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("NAM_HOME", str(home))
    for name in ("NAM_PLUGINS_OFF", "NAM_STRICT"):
        monkeypatch.delenv(name, raising=False)
    torch.set_num_threads(1)
    folder = home / "extensions"
    folder.mkdir()
    plugins.use(None)
    yield folder
    plugins.use(None)


@pytest.fixture
def recording(tmp_path: Path) -> dict[str, str]:
    """Half a second of silence, then noise; and the same through ``0.5 tanh(2 x)``."""
    from nam.data import np_to_wav

    x = np.random.default_rng(0).uniform(-0.5, 0.5, RATE)
    x[: RATE // 2] = 0
    np_to_wav(x, tmp_path / "x.wav", RATE)
    np_to_wav(0.5 * np.tanh(2 * x), tmp_path / "y.wav", RATE)
    return {"x_path": str(tmp_path / "x.wav"), "y_path": str(tmp_path / "y.wav")}


@pytest.fixture
def data(recording: dict[str, str]) -> dict[str, Any]:
    """A data config."""
    start = RATE // 2
    train, validation = {"ny": 256, "start_samples": start}, {"ny": None, "start_samples": start}
    return {"train": train, "validation": validation, "common": recording}


@pytest.fixture
def model() -> dict[str, Any]:
    """A model config."""
    net = {"name": "ConvNet", "config": {"channels": 2, "dilations": [1, 2]}}
    return {"net": net, "optimizer": {"lr": 0.01}, "lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gamma": 0.9}}}


@pytest.fixture
def learning() -> dict[str, Any]:
    """A learning config: one epoch."""
    loader = {"batch_size": 4, "shuffle": True}
    return {"train_dataloader": loader, "trainer": {"max_epochs": 1, "accelerator": "cpu", "logger": False}}
