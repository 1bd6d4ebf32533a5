"""The notebook does what it says: its cells, executed as they are, end in a model, at home and where one uploads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile

from support import ROOT

pytest.importorskip("nam_plugin_capture")
pytestmark = pytest.mark.usefixtures("fresh_plugins")

RATE = 16000
QUICK = {'SIZE = "a2"': 'SIZE = "tiny"', "MINUTES = 15.0": "MINUTES = 0.02"}


def cells() -> list[str]:
    notebook = json.loads((ROOT / "docs" / "capture.ipynb").read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 4)
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def execute(sources: list[str]) -> dict[str, Any]:
    """Execute cells one after the other, the second one with a small net and little time."""
    scope: dict[str, Any] = {}
    for source in sources:
        for chosen, quick in QUICK.items():
            source = source.replace(chosen, quick)
        exec(compile(source, "capture.ipynb", "exec"), scope)
    return scope


def recordings(folder: Path) -> tuple[Path, Path]:
    """Write six seconds of decaying tones, and what a saturation makes of them."""
    rng, t = np.random.default_rng(0), np.arange(RATE // 4) / RATE
    tones = [np.exp(-6 * t) * np.sin(2 * np.pi * rng.uniform(80, 900) * t) for _ in range(24)]
    x = 0.4 * np.concatenate(tones)
    paths = folder / "first.wav", folder / "second.wav"
    for path, samples in zip(paths, (x, 0.4 * np.tanh(4 * x + 0.2)), strict=True):
        soundfile.write(path, samples, RATE, subtype="PCM_24")
    return paths


@pytest.fixture
def working(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "working"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_there_are_two_cells_and_their_settings_are_those_that_this_test_shortens() -> None:
    upload, capture = cells()
    assert "files.upload()" in upload
    assert all(chosen in capture for chosen in QUICK)


def test_the_files_that_lie_beside_it_become_a_model(tmp_path: Path, working: Path) -> None:
    for path, name in zip(recordings(tmp_path), ("di.wav", "amp.wav"), strict=True):
        path.rename(working / name)
    assert execute(cells())["code"] == 0
    assert json.loads((working / "my-amp.nam").read_text())["metadata"]["name"] == "My amplifier"


def test_a_missing_file_is_named_with_where_to_put_it(working: Path) -> None:
    with pytest.raises(FileNotFoundError, match=rf"di\.wav is missing: put the dry guitar into .*{working.name}"):
        execute(cells()[:1])


def test_two_files_at_once_are_refused_with_what_to_do(working: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    colab = ModuleType("google.colab")
    colab.files = SimpleNamespace(upload=lambda: {"a.wav": b"", "b.wav": b""})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google", ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: None)
    with pytest.raises(ValueError, match="2 files were chosen; run this cell again, and choose only the dry guitar"):
        execute(cells()[:1])


def test_where_files_are_uploaded_they_are_asked_for_and_the_model_comes_back(
    tmp_path: Path, working: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, downloaded, installed = list(recordings(tmp_path)), [], []

    def upload() -> dict[str, bytes]:
        path = waiting.pop(0)
        path.rename(working / path.name)
        return {path.name: (working / path.name).read_bytes()}

    colab = ModuleType("google.colab")
    colab.files = SimpleNamespace(upload=upload, download=downloaded.append)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google", ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    real = subprocess.run

    def run(command: Any, *args: Any, **kwargs: Any) -> Any:
        if "pip" not in command:
            return real(command, *args, **kwargs)
        installed.append(command[-1])
        return None

    monkeypatch.setattr(subprocess, "run", run)
    execute(cells())
    assert installed == ["nam-plugin-capture[fast]"]
    assert downloaded == ["my-amp.nam"]
    assert (working / "my-amp.nam").exists()
