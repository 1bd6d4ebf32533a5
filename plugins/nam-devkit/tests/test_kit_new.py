"""``nam-kernel plugins new`` writes all of a distribution or nothing, and refuses names that cannot be one."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from nam_devkit.scaffold import KINDS, distribution, new_plugin
from nam_kernel.errors import UserError

FURTHER = {"exporter": ["player.py"]}
"""Modules that a kind needs beside its own."""


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_the_example_is_left(kind: str) -> None:
    for place, text in distribution("my-thing", kind).items():
        assert "example" not in text.lower().replace("example: classvar", ""), place
        assert "nam_devkit.examples" not in text, place
        assert "$" not in text, place
        if place.endswith(".py"):
            ast.parse(text)


@pytest.mark.parametrize("kind", KINDS)
def test_it_has_what_a_distribution_needs(kind: str, tmp_path: Path) -> None:
    folder = new_plugin("my-thing", kind, tmp_path / "new")
    assert folder == tmp_path / "new" / "nam-plugin-my-thing"
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    modules = ["__init__.py", "hooks.py", "config.py", f"{kind}.py", "py.typed"]
    package = {f"src/nam_plugin_my_thing/{name}" for name in (*modules, *FURTHER.get(kind, []))}
    assert files == {"pyproject.toml", "README.md", "tests/test_my_thing_conformance.py", *package}
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["nam-plugin-my-thing"]


def test_the_distribution_is_declared() -> None:
    project = tomllib.loads(distribution("my-gru", "net")["pyproject.toml"])["project"]
    assert project["name"] == "nam-plugin-my-gru"
    assert project["entry-points"] == {"nam_kernel.v1": {"my-gru": "nam_plugin_my_gru.hooks"}}
    assert {r.split(">=")[0] for r in project["dependencies"]} == {"nam-kernel", "torch"}
    assert "nam-kernel>=0.1,<1" in project["dependencies"]
    assert project["requires-python"] == ">=3.11"
    assert project["optional-dependencies"] == {"test": ["nam-devkit>=0.1,<1", "pytest"]}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("MyGru", "small letters"),
        ("my_gru", "small letters"),
        ("-gru", "small letters"),
        ("gru-", "small letters"),
        ("8-track", "small letters"),
        ("", "small letters"),
        ("../gru", "small letters"),
        ("a" * 51, "at most 50"),
        ("nam-plugin-gru", "leave the nam-plugin- out"),
        ("tensor", "would hide one"),
        ("base-net", "would hide one"),
    ],
)
def test_bad_names_are_refused(name: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=sentence):
        new_plugin(name, "net", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "nam-plugin-gru").mkdir()
    with pytest.raises(UserError, match="is there already"):
        new_plugin("gru", "net", tmp_path)
    assert list((tmp_path / "nam-plugin-gru").iterdir()) == []


def test_a_place_that_cannot_be_is_a_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        new_plugin("gru", "net", tmp_path / "file")


def test_it_imports_nothing_heavy_and_no_plugin(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['torch', 'numpy', 'pydantic', 'pluggy', 'stevedore']));"
        "from nam_devkit.new import main; main(sys.argv[1:])"
    )
    arguments = ["my-gru", "--kind", "net", "--into", str(tmp_path)]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert f'pip install -e "{tmp_path / "nam-plugin-my-gru"}[test]"' in done.stdout
