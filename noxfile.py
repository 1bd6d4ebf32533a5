"""
Everything that is done with the project, one session a purpose.

``nox -s demo`` and ``nox -s tests`` are a newcomer's two commands; ``nox -s dev`` makes an environment to work in.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sys
from pathlib import Path

import nox

HERE = Path(__file__).parent
PLUGINS = sorted(p.parent for p in HERE.glob("plugins/*/pyproject.toml"))
CONSTRAINTS = str(HERE / "constraints.txt")
TEST_TOOLS = ("pytest", "hypothesis", "jsonschema", "scipy", "soundfile")
BUILD_TOOLS = ("hatchling", "editables")

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["demo"]
nox.options.reuse_existing_virtualenvs = True


ONE_THREAD = {"OMP_NUM_THREADS": "1"}
"""For tests: two workers with two threads each would wait for one another most of the time."""


def install(session: nox.Session, *requirements: str) -> None:
    """Install with the pinned versions; torch first and alone, so that nothing else chooses its build."""
    session.install("-q", "-c", CONSTRAINTS, "torch", silent=True)
    session.install("-q", "-c", CONSTRAINTS, *requirements, silent=True)


def install_house(session: nox.Session, *tools: str, editable: bool = False) -> None:
    """Install the kernel and every plugin of this checkout, and what else the session needs."""
    places = [str(path) for path in (HERE, *PLUGINS)]
    install(session, *BUILD_TOOLS, "tensorboard", *tools)
    flags = [flag for place in places for flag in (("-e", place) if editable else (place,))]
    session.install("-q", "-c", CONSTRAINTS, "--no-build-isolation", *flags, silent=True)


@nox.session
def demo(session: nox.Session) -> None:
    """Train the embedded demo, about two minutes; ``nox -s demo -- FOLDER`` says where."""
    install_house(session)
    fresh = next(
        f for n in itertools.count(1) if not (f := HERE / ("nam-demo" if n == 1 else f"nam-demo-{n}")).exists()
    )
    session.run("nam-kernel", "demo", session.posargs[0] if session.posargs else fresh.name)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the fast tests; arguments after ``--`` go to pytest."""
    install_house(session, *TEST_TOOLS, "pytest-xdist", editable=True)
    workers = () if session.posargs else ("-n", "2")
    session.run("pytest", *workers, *session.posargs, env=ONE_THREAD)


@nox.session
def tests_slow(session: nox.Session) -> None:
    """Run the tests that take minutes."""
    install_house(session, *TEST_TOOLS, "build", editable=True)
    session.run("pytest", "-m", "slow", *session.posargs, env=ONE_THREAD)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    install(session, "ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the kernel and of every plugin, strictly."""
    install_house(session, "mypy", "nox", "pytest", editable=True)
    session.run("mypy", "nam_kernel", "noxfile.py")
    for plugin in PLUGINS:
        session.run("mypy", "--config-file", "pyproject.toml", str(plugin.relative_to(HERE) / "src"))


@nox.session
def docs(session: nox.Session) -> None:
    """Check that what the documentation says is true: its commands, configs and examples are run."""
    install_house(session, *TEST_TOOLS, editable=True)
    session.run("pytest", "tests/house/test_docs.py", *session.posargs, env=ONE_THREAD)


@nox.session
def wheels(session: nox.Session) -> None:
    """Build every wheel, and test each plugin with the kernel and its declared dependencies alone."""
    install(session, "build", *BUILD_TOOLS)
    dist = Path(session.create_tmp()) / "wheels"
    shutil.rmtree(dist, ignore_errors=True)
    for place in (HERE, *PLUGINS):
        session.run("python", "-m", "build", "--no-isolation", "--wheel", "-o", str(dist), str(place), silent=True)
    chosen = [p for p in PLUGINS if not session.posargs or p.name in session.posargs]
    for plugin in chosen:
        test_alone(session, plugin, dist)


def test_alone(session: nox.Session, plugin: Path, dist: Path) -> None:
    """Test one plugin in an environment of its own."""
    place = dist.parent / f"alone-{plugin.name}"
    shutil.rmtree(place, ignore_errors=True)
    session.run("python", "-m", "venv", str(place), silent=True)
    python = str(place / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    pip = (python, "-m", "pip", "install", "-q", "-c", CONSTRAINTS)
    session.run(*pip, "torch", external=True, silent=True)
    session.run(*pip, "--find-links", str(dist), plugin.name, *TEST_TOOLS, external=True, silent=True)
    session.run(python, "-m", "pytest", str(plugin / "tests"), external=True, env=ONE_THREAD)
    shutil.rmtree(place)


@nox.session(venv_backend="none")
def dev(session: nox.Session) -> None:
    """Make ``.venv``, with everything editable and every tool."""
    place = HERE / ".venv"
    if not (place / "pyvenv.cfg").exists():
        session.run(sys.executable, "-m", "venv", str(place))
    python = str(place / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    pip = (python, "-m", "pip", "install", "-q", "-c", CONSTRAINTS)
    session.run(*pip, "torch")
    session.run(*pip, *BUILD_TOOLS, *TEST_TOOLS, "build", "mypy", "nox", "pytest-xdist", "ruff", "tensorboard")
    editable = [flag for path in (HERE, *PLUGINS) for flag in ("-e", str(path))]
    session.run(*pip, "--no-build-isolation", *editable)
