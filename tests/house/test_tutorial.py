"""The plugin tutorial, done as a newcomer does it: every file written, every command run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow

TEXT = (ROOT / "docs" / "plugins-tutorial.md").read_text(encoding="utf-8")
EPOCHS = 6
"""Fewer than in the text, so that the test is shorter; enough to hear the knob."""

Shell = Callable[[str], subprocess.CompletedProcess[str]]


def steps() -> list[tuple[str, str]]:
    """Give the files and commands of the text in their order: (name, content), or ("$", command)."""
    found = []
    for name, language, content in re.findall(r"(?:`file: ([^`]+)`\n\n)?```(\w+)\n(.*?)```", TEXT, re.DOTALL):
        if language == "console":
            found += [("$", line.removeprefix("$ ")) for line in content.splitlines()]
        elif name:
            found.append((name, content))
    return found


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Run a command of the text; installed is to a folder of ``sys.path``, without the network."""
    site = tmp_path / "site"
    programs = {"nam-kernel": ["-m", "nam_kernel.cli.main"], "nam_full": ["-m", "nam_kernel.cli.full"], "python": []}

    def run(command: str) -> subprocess.CompletedProcess[str]:
        program, *arguments = command.split()
        arguments = [a for a in arguments if a != "-e"]
        options = programs.get(program, ["-m", program])
        if program == "pip":
            arguments[1:1] = ["-q", "--no-build-isolation", "--no-deps", "--target", str(site)]
        if program == "pytest":
            arguments += ["-q", "-W", "error", "-p", "no:cacheprovider"]
        environment = {**os.environ, "PYTHONPATH": str(site), "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            [sys.executable, *options, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
            timeout=600,
        )

    return run


def test_a_newcomer_finishes_it(tmp_path: Path, shell: Shell) -> None:
    for name, content in steps():
        if name == "$":
            done = shell(content)
            assert done.returncode == 0, f"{content}\n{done.stdout}\n{done.stderr}"
        else:
            file = tmp_path / name
            begun = name.startswith("nam-plugin-")
            assert file.exists() == begun, f"{name}: what `plugins new` writes is replaced, the rest is new"
            file.write_text(content.replace('"max_epochs": 20', f'"max_epochs": {EPOCHS}'))

    (directory,) = (tmp_path / "runs").iterdir()
    record = json.loads((directory / "run.json").read_text())
    sources = {component["from"] for component in record["components"].values()}
    assert sources >= {"nam-plugin-gru", "nam-plugin-csv-knob", "nam-plugin-a-weighted"}

    turned = shell(f"python turn.py {directory / 'model.nam'}")
    peaks = [float(line.split()[-1]) for line in turned.stdout.splitlines()]
    assert peaks[0] < peaks[1] < peaks[2], turned.stdout + turned.stderr


def test_the_text_shows_what_new_writes() -> None:
    from nam_devkit.scaffold import distribution

    written = distribution("gru", "net")
    assert (
        re.search(r"```python\n(@hookimpl\n.*?)```", TEXT, re.DOTALL)[1].strip()
        in written["src/nam_plugin_gru/hooks.py"]
    )
    assert re.search(r"```toml\n(\[project.entry.*?)```", TEXT, re.DOTALL)[1].strip() in written["pyproject.toml"]
    tree = re.findall(r"^  ([\w/-]+\.\w+)", TEXT, re.MULTILINE)
    assert set(tree) == {place for place in written if not place.endswith(("__init__.py", "py.typed"))}
