"""The plugin tutorial, done as a newcomer does it: every file written, every command run."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support import ROOT

TEXT = (ROOT / "docs" / "plugins-tutorial.md").read_text(encoding="utf-8")

Shell = Callable[[str], subprocess.CompletedProcess[str]]


def steps() -> list[tuple[str, str]]:
    """Return the files and commands of the text in their order: (name, content), or ("$", command)."""
    found = []
    for name, language, content in re.findall(r"(?:`file: ([^`]+)`\n\n)?```(\w+)\n(.*?)```", TEXT, re.DOTALL):
        if language == "console":
            found += [("$", line.removeprefix("$ ")) for line in content.splitlines()]
        elif name:
            found.append((name, content))
    return found


def is_from_an_index(command: str) -> bool:
    """Return whether a command installs something that is not in a folder here."""
    return command.startswith("pip install ") and "./" not in command


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


@pytest.mark.slow
def test_a_newcomer_finishes_it(tmp_path: Path, shell: Shell) -> None:
    for name, content in steps():
        if name == "$":
            if not is_from_an_index(content):
                done = shell(content)
                assert done.returncode == 0, f"{content}\n{done.stdout}\n{done.stderr}"
        else:
            file = tmp_path / name
            begun = name.startswith("nam-plugin-")
            assert file.exists() == begun, f"{name}: what `plugins new` writes is replaced, the rest is new"
            file.write_text(content)

    (directory,) = (tmp_path / "runs").iterdir()
    record = json.loads((directory / "run.json").read_text())
    sources = {component["from"] for component in record["components"].values()}
    assert sources >= {"nam-plugin-gru", "nam-plugin-csv-knobs", "nam-plugin-a-weighted"}
    assert record["metrics"]["ESR"] < 0.1
    assert list(directory.glob("*.html")), "the page to listen to"

    turned = shell(f"python turn.py {directory / 'model.nam'}")
    peaks = [float(line.split()[-1]) for line in turned.stdout.splitlines()]
    # The amplifier of make_recordings.py at the negative peak of the sine of turn.py, where the bias adds.
    wanted = [0.6 * (np.tanh(0.3 * (1 + 4 * drive) - 0.25) + np.tanh(0.25)) for drive in (0.0, 0.5, 1.0)]
    np.testing.assert_allclose(peaks, wanted, atol=0.06)
    told = re.search(r"from (0\.\d\d) over (0\.\d\d) to (0\.\d\d)", TEXT)
    np.testing.assert_allclose([float(peak) for peak in told.groups()], wanted, atol=0.005)

    assert_a_knob_that_is_left_out_is_asked_for(tmp_path, shell)
    assert_a_knob_that_nobody_turned_is_told(tmp_path, shell)


def change(file: Path, *keys: str, to: Any) -> None:
    document = json.loads(file.read_text())
    inner = document
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = to
    file.write_text(json.dumps(document))


def assert_a_knob_that_is_left_out_is_asked_for(folder: Path, shell: Shell) -> None:
    change(folder / "model.json", "net", "config", "knobs", to=["drive"])
    done = shell("nam-kernel check data.json model.json learning.json")
    assert done.returncode == 2
    assert "the net lacks bias" in done.stderr
    change(folder / "model.json", "net", "config", "knobs", to=["bias", "drive"])


def assert_a_knob_that_nobody_turned_is_told(folder: Path, shell: Shell) -> None:
    (folder / "knobs.csv").write_text("seconds,drive,bias\n0,0,0.5\n8,1,0.5\n")
    done = shell("nam-kernel check --json data.json model.json learning.json")
    (finding,) = [finding for finding in json.loads(done.stdout)["findings"] if finding["kind"] == "still"]
    assert finding["sentence"] == "nobody turned bias"


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


def test_what_is_installed_brings_what_the_text_uses() -> None:
    (command,) = [content for name, content in steps() if name == "$" and is_from_an_index(content)]
    assert command == 'pip install "nam-kernel[all]" "nam-devkit[pytest]"'
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    brought = {re.split(r"[\[>]", requirement)[0] for requirement in extras["all"]}
    assert brought >= {f"nam-plugin-{name}" for name in ("lightning", "losses", "nam", "report", "wav")}
    wav = tomllib.loads((ROOT / "plugins" / "nam-plugin-wav" / "pyproject.toml").read_text(encoding="utf-8"))
    assert any(requirement.startswith("soundfile") for requirement in wav["project"]["dependencies"])


@pytest.mark.parametrize(("name", "content"), [step for step in steps() if step[0].endswith((".py", ".json", ".toml"))])
def test_every_file_of_the_text_is_well_formed(name: str, content: str) -> None:
    {".py": ast.parse, ".json": json.loads, ".toml": tomllib.loads}[Path(name).suffix](content)
    assert max(map(len, content.splitlines())) <= 120
