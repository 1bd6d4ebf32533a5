"""What the demo prints can be pasted into the terminal in which it was run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nam_plugin_demo.command import program


def test_the_training_command_is_named_where_it_is_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert program() == "nam_full"


@pytest.mark.parametrize("below", [True, False])
def test_elsewhere_it_is_a_path_that_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, below: bool) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    environment = Path(sys.executable).parents[1]
    monkeypatch.chdir(environment if below else tmp_path)
    told = program()
    assert Path(told).is_absolute() != below
    if Path(told).exists():
        assert subprocess.run([told, "--help"], capture_output=True).returncode == 0
