"""The rules of the house: who may import whom, and that tables say what is so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import importlib_metadata
import pytest

from nam_kernel import hookspecs, plugins
from nam_kernel.catalogue import BROUGHT_BY

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(p.parent for p in ROOT.glob("plugins/*/pyproject.toml"))
PUBLIC = {
    "nam_kernel",
    "nam_kernel.run.build",
    "nam_kernel.components",
    "nam_kernel.config",
    "nam_kernel.errors",
    "nam_kernel.files",
    "nam_kernel.interfaces",
    "nam_kernel.lazy",
    "nam_kernel.models",
    "nam_kernel.plugins",
    "nam_kernel.quality",
    "nam_kernel.plugins.registration",
    "nam_kernel.run",
    "nam_devkit",
    "nam_kernel.text",
}
"""The modules of the kernel that a plugin may import."""


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def sources(place: Path) -> list[Path]:
    return sorted(place.rglob("*.py"))


def declared(plugin: Path) -> set[str]:
    text = (plugin / "pyproject.toml").read_text(encoding="utf-8")
    return set(re.findall(r'"(nam-plugin-[a-z]+)', text.split("[project.optional-dependencies]")[0]))


def test_the_kernel_imports_no_plugin() -> None:
    guilty = [(f.name, m) for f in sources(ROOT / "nam_kernel") for m in imports(f) if m.startswith("nam_plugin")]
    assert guilty == []


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda p: p.name)
def test_a_plugin_imports_public_names_of_the_kernel_only(plugin: Path) -> None:
    used = {m for f in sources(plugin / "src") for m in imports(f) if m.split(".")[0] == "nam_kernel"}
    assert used <= PUBLIC


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda p: p.name)
def test_a_plugin_imports_another_only_as_a_declared_dependency(plugin: Path) -> None:
    own = {p.name for p in (plugin / "src").iterdir()}
    used = {m.split(".")[0] for f in sources(plugin / "src") for m in imports(f) if m.startswith("nam_plugin")} - own
    assert {name.replace("_", "-") for name in used} <= declared(plugin)


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda p: p.name)
def test_a_plugin_is_a_whole_distribution(plugin: Path) -> None:
    assert (plugin / "README.md").stat().st_size > 100
    assert list((plugin / "src").glob("*/hooks.py"))
    assert list((plugin / "src").glob("*/py.typed"))
    assert list((plugin / "tests").glob("test_*.py"))
    text = (plugin / "pyproject.toml").read_text(encoding="utf-8")
    assert '"nam-kernel>=0.1,<0.2"' in text


def test_everything_that_is_shipped_is_in_the_extra_all() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = set(re.findall(r'"(nam-plugin-[a-z]+)', text.split("all = [")[1].split("\n]")[0]))
    # compat owns the import name of another package, so it is installed on request only.
    assert listed == {p.name for p in PLUGINS} - {"nam-plugin-compat"}


def test_the_catalogue_says_who_brings_what(fresh_plugins: None) -> None:
    offered = {
        kind: {name: source for name, who in plugins.current().offers(kind).items() for source, _ in who}
        for kind in BROUGHT_BY
    }
    ours = {p.name for p in PLUGINS}
    assert {k: {n: s for n, s in names.items() if s in ours} for k, names in offered.items()} == BROUGHT_BY


def test_every_hook_is_used_by_a_plugin_of_the_house() -> None:
    code = "\n".join(f.read_text(encoding="utf-8") for p in PLUGINS for f in sources(p / "src"))
    hooks = {name for name in vars(hookspecs) if name.startswith("nam_")}
    assert {h for h in hooks if f"def {h}(" not in code} == set()


def test_a_newcomer_can_read_the_plugin_machinery_in_one_sitting() -> None:
    names = ("hookspecs", "discovery", "plugins", "components", "registration")
    lines = sum((ROOT / "nam_kernel" / f"{n}.py").read_text(encoding="utf-8").count("\n") for n in names)
    assert lines <= 910


def test_every_installed_distribution_of_the_house_has_the_kernels_version() -> None:
    versions = {importlib_metadata.version(name) for name in ("nam-kernel", *(p.name for p in PLUGINS))}
    assert versions == {importlib_metadata.version("nam-kernel")}
