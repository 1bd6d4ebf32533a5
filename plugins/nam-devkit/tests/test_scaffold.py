"""A begun plugin, taken as a user takes it: new, pip install, pytest, check, nam_full."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from material import documents
from nam_devkit.scaffold import KINDS

if TYPE_CHECKING:
    from support import Command

pytestmark = pytest.mark.slow

DOCUMENT = {"net": "model", "dataset": "data", "loss": "model", "exporter": "model"}
"""The config that the README of a plugin of that kind shows."""


def python(*arguments: object, site: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)


@pytest.mark.parametrize("kind", KINDS)
def test_a_begun_plugin_installs_passes_its_tests_and_trains(command: Command, tmp_path: Path, kind: str) -> None:
    begun = command("nam-kernel", "plugins", "new", "my-thing", "--kind", kind, "--into", "plugins")
    assert begun.returncode == 0, begun.stderr
    folder, site = tmp_path / "plugins" / "nam-plugin-my-thing", tmp_path / "site"
    assert str(folder.relative_to(tmp_path)) in begun.stdout

    pip = ("pip", "install", "-q", "--no-build-isolation", "--no-deps", "--target", site, folder)
    installed = python(*pip, site=site)
    assert installed.returncode == 0, installed.stderr
    tested = python("pytest", "-q", "-W", "error", "-p", "no:cacheprovider", folder, site=site)
    assert tested.returncode == 0, tested.stdout
    assert "failed" not in tested.stdout
    checked = command("nam-kernel", "plugins", "check", "my-thing", path=site)
    assert checked.returncode == 0, checked.stdout

    paths = {path.stem: path for path in documents(tmp_path)}
    (shown,) = re.findall(r"```json\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    given = paths[DOCUMENT[kind]]
    kept = {} if kind == "dataset" else json.loads(given.read_text())
    given.write_text(json.dumps({**kept, **json.loads(shown)}))
    trained = command("nam_full", *paths.values(), "out", "-np", path=site)
    assert trained.returncode == 0, trained.stderr

    (directory,) = (tmp_path / "out").iterdir()
    record = json.loads((directory / "run.json").read_text())
    assert "nam-plugin-my-thing" in {component["from"] for component in record["components"].values()}
    assert (directory / "model.nam").exists()
    assert (directory / "model.my-thing").exists() == (kind == "exporter")
