"""Pairs of audio files made for a test, and the folder of the real ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

sys.path.insert(0, str(Path(__file__).parent))

Maker = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def cases() -> Path:
    """The folder of real recordings; the test is skipped where it is absent."""
    folder = Path(os.environ.get("NAM_CASES", Path(__file__).parents[3].parent / "shared" / "cases"))
    if not folder.is_dir():
        pytest.skip(f"no real recordings in {folder}; set NAM_CASES to their folder")
    return folder


@pytest.fixture(autouse=True)
def nam_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of its own for each test."""
    monkeypatch.setenv("NAM_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def alone(nam_home: None) -> Iterator[None]:
    """No plugin but this one is in use, and beside it the parts of ``wav_parts``."""
    from wav_parts import RECORDS

    from nam_kernel import plugins
    from nam_kernel.plugins.registration import register

    plugins.use()
    sources = {plugin.found.source for plugin in plugins.Plugins(blocked=["*"]).plugins}
    plugins.use(without=sources - {"nam-plugin-wav"})
    for record in RECORDS:
        register(record)
    yield
    plugins.use()


@pytest.fixture
def pair(tmp_path: Path) -> Maker:
    """Write two files, and return the entry of a data config for them; ``rate`` and ``y_rate`` in Hz."""

    def make(x: Any, y: Any, rate: int = 1000, y_rate: int | None = None, **keys: Any) -> dict[str, Any]:
        soundfile.write(tmp_path / "x.wav", np.asarray(x, np.float32), rate, subtype="FLOAT")
        soundfile.write(tmp_path / "y.wav", np.asarray(y, np.float32), y_rate or rate, subtype="FLOAT")
        return {"x_path": str(tmp_path / "x.wav"), "y_path": str(tmp_path / "y.wav"), **keys}

    return make


@pytest.fixture
def counted(pair: Maker) -> Maker:
    """A pair whose sample ``n`` is (n + 1) / 1000 in the input, and minus that in the output."""

    def make(frames: int = 100, y_frames: int | None = None, **keys: Any) -> dict[str, Any]:
        x = (np.arange(frames) + 1) / 1000
        y = -(np.arange(frames if y_frames is None else y_frames) + 1) / 1000
        return pair(x, y, **{"require_input_pre_silence": None, **keys})

    return make
