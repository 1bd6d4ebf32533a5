"""What every distribution declares: the one version, a licence, where to find us, and what it requires."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support import ROOT

FOLDERS = [ROOT, *sorted(p.parent for p in ROOT.glob("plugins/*/pyproject.toml"))]
BRINGS = {"pytorch-lightning": {"pytorch_lightning", "lightning_fabric"}}
"""The import names of the distributions that have several; the others' are their own names with underscores."""

every = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))


def pyproject(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def project(folder: Path) -> dict[str, Any]:
    section: dict[str, Any] = pyproject(folder)["project"]
    return section


def required(folder: Path, extras: bool = True) -> list[Requirement]:
    declared = project(folder)
    optional = declared.get("optional-dependencies", {}).values() if extras else ()
    return [Requirement(text) for group in (declared["dependencies"], *optional) for text in group]


def packages(folder: Path) -> list[Path]:
    wheel = pyproject(folder)["tool"]["hatch"]["build"]["targets"]["wheel"]
    return [folder / package for package in wheel["packages"]]


def imported(folder: Path) -> set[str]:
    """Return the top-level names of what a distribution imports, beside itself and the standard library."""
    names: set[str] = set()
    for file in (f for package in packages(folder) for f in package.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - {package.name for package in packages(folder)}


def brought(requirement: Requirement) -> set[str]:
    return BRINGS.get(requirement.name, {requirement.name.replace("-", "_")})


def entry_points(folder: Path) -> Iterator[str]:
    declared = project(folder)
    for group in (declared.get("scripts", {}), *declared.get("entry-points", {}).values()):
        yield from group.values()


@every
def test_the_version_is_the_one_in_the_kernels_source(folder: Path) -> None:
    assert project(folder)["dynamic"] == ["version"]
    source = (folder / pyproject(folder)["tool"]["hatch"]["version"]["path"]).resolve()
    assert source == ROOT / "nam_kernel" / "__init__.py"
    assert len(re.findall(r"^__version__ = ", source.read_text(encoding="utf-8"), re.MULTILINE)) == 1


@every
def test_the_licence_comes_with_it(folder: Path) -> None:
    assert project(folder)["license"] == "MIT"
    assert project(folder)["license-files"] == ["LICENSE"]
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


@every
def test_it_says_whose_it_is_where_to_find_it_and_that_it_is_typed(folder: Path) -> None:
    declared = project(folder)
    assert declared["authors"] == project(ROOT)["authors"]
    assert {"Homepage", "Documentation", "Source", "Issues", "Changelog"} <= set(declared["urls"])
    assert declared["urls"]["Source"].endswith(folder.name if folder != ROOT else "nam-kernel")
    assert all((package / "py.typed").is_file() for package in packages(folder))


@every
def test_it_declares_the_pythons_that_the_workflow_tests(folder: Path) -> None:
    matrix = re.findall(r"python: \[(.+)\]", (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    tested = set(re.findall(r"3\.\d+", matrix[0]))
    classifiers = project(folder)["classifiers"]
    assert {c.rpartition(" :: ")[2] for c in classifiers if re.search(r":: 3\.\d+$", c)} == tested
    assert project(folder)["requires-python"] == f">={min(tested)}"
    for topic in ("Development Status", "Intended Audience", "Operating System :: OS Independent", "Typing :: Typed"):
        assert any(c.startswith(topic) for c in classifiers), topic


@every
def test_ours_bound_each_other_below_the_next_major_version(folder: Path) -> None:
    ours = {project(f)["name"] for f in FOLDERS}
    assert {str(r.specifier) for r in required(folder) if r.name in ours} <= {"<1,>=0.1"}


def test_a_package_has_the_same_bounds_wherever_it_is_required() -> None:
    bounds = defaultdict(set)
    for requirement in (r for folder in FOLDERS for r in required(folder)):
        bounds[requirement.name].add(str(requirement.specifier))
    assert {name: found for name, found in bounds.items() if len(found) > 1} == {}
    assert [name for name, found in bounds.items() if not any(">=" in b for b in found)] == []


def test_what_is_required_is_pinned_within_its_bounds() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    pins = {canonicalize_name(name): pin for name, pin in pins.items()}
    ours = {project(f)["name"] for f in FOLDERS}
    for requirement in (r for folder in FOLDERS for r in required(folder) if r.name not in ours):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement


@every
def test_it_requires_what_it_imports_and_nothing_else_of_others(folder: Path) -> None:
    names = imported(folder)
    assert names <= set().union(*map(brought, required(folder)))
    # A tensor's numpy() needs numpy where nothing imports it. Ours may be needed for what they offer.
    others = [r for r in required(folder, extras=False) if r.name != "numpy" and not r.name.startswith("nam-")]
    assert [r.name for r in others if not brought(r) & names] == []


@every
def test_its_entry_points_lead_to_modules_of_its_own(folder: Path) -> None:
    for target in entry_points(folder):
        module, _, name = target.partition(":")
        place = next(p.parent for p in packages(folder) if p.name == module.partition(".")[0])
        file = place / f"{module.replace('.', '/')}.py"
        assert file.is_file(), target
        defined = [n.name for n in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(n, ast.FunctionDef)]
        assert not name or name in defined, target
