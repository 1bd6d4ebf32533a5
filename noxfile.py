"""
Everything that is done with the project, one session a purpose.

``nox -s demo`` and ``nox -s tests`` are a newcomer's two commands; ``nox -s dev`` makes an environment to work in.
"""

from __future__ import annotations

import email
import itertools
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nox

HERE = Path(__file__).parent
PLUGINS = sorted(p.parent for p in HERE.glob("plugins/*/pyproject.toml"))
DISTRIBUTIONS = (HERE, *PLUGINS)
CONSTRAINTS = str(HERE / "constraints.txt")
# The environments of uv have no pip, and some tests install a plugin of their own.
TEST_TOOLS = ("pip", "pytest", "pytest-xdist", "hypothesis", "jsonschema", "scipy", "selenium", "soundfile")
BUILD_TOOLS = ("hatchling", "editables")
OLDER = "0.13.0"
"""The version of neural-amp-modeler that the benchmarks compare with."""

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["demo"]
nox.options.reuse_existing_virtualenvs = True


ONE_THREAD = {"OMP_NUM_THREADS": "1"}
"""For tests: two workers with two threads each would wait for one another most of the time."""


def version() -> str:
    """Return the version of every distribution, as the kernel's source has it."""
    source = (HERE / "nam_kernel" / "__init__.py").read_text(encoding="utf-8")
    return str(re.findall(r'^__version__ = "(.+)"$', source, re.MULTILINE)[0])


def install(session: nox.Session, *requirements: str) -> None:
    """Install with the pinned versions; torch first and alone, so that nothing else chooses its build."""
    session.install("-q", "-c", CONSTRAINTS, "torch", silent=True)
    session.install("-q", "-c", CONSTRAINTS, *requirements, silent=True)


def install_house(session: nox.Session, *tools: str, editable: bool = False) -> None:
    """Install the kernel and every plugin of this checkout, and what else the session needs."""
    install(session, *BUILD_TOOLS, "tensorboard", *tools)
    flags = [flag for place in DISTRIBUTIONS for flag in (("-e", str(place)) if editable else (str(place),))]
    session.install("-q", "-c", CONSTRAINTS, "--no-build-isolation", *flags, silent=True)


@nox.session(venv_backend="none")
def demo(session: nox.Session) -> None:
    """Install everything into ``.venv`` and train the embedded demo; ``nox -s demo -- FOLDER`` says where."""
    python = install_here(session)
    fresh = next(
        f for n in itertools.count(1) if not (f := HERE / ("nam-demo" if n == 1 else f"nam-demo-{n}")).exists()
    )
    folder = session.posargs[0] if session.posargs else fresh.name
    session.run(python, "-m", "nam_kernel.cli.main", "demo", folder)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the fast tests; arguments after ``--`` go to pytest."""
    install_house(session, *TEST_TOOLS, editable=True)
    workers = () if session.posargs else ("-n", "2")
    session.run("pytest", *workers, *session.posargs, env=ONE_THREAD)


@nox.session
def tests_slow(session: nox.Session) -> None:
    """Run the tests that take minutes; Ray is for a batch on a cluster."""
    install_house(session, *TEST_TOOLS, "build", "ray", editable=True)
    session.run("pytest", "-m", "slow", *session.posargs, env=ONE_THREAD)


@nox.session
def core(session: nox.Session) -> None:
    """Run the tests of the kernel, of WaveNet and of audio files: what every system and every Python has to pass."""
    chosen = ("nam-devkit", "nam-plugin-wav[plot]", "nam-plugin-wavenet")
    install(session, *BUILD_TOOLS, *TEST_TOOLS)
    flags = [flag for name in chosen for flag in ("-e", str(HERE / "plugins" / name))]
    session.install("-q", "-c", CONSTRAINTS, "--no-build-isolation", "-e", str(HERE), *flags, silent=True)
    folders = [f"plugins/{name.partition('[')[0]}" for name in chosen]
    session.run("pytest", "-n", "2", "tests/kernel", *folders, *session.posargs, env=ONE_THREAD)


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the fast tests with the lowest versions that the distributions declare."""
    session.install("-q", "-c", CONSTRAINTS, "uv", silent=True)
    # The tools' own floors: what the tests use of them.
    tools = ("pip", "pytest>=8.4", "pytest-xdist>=3.6", "hypothesis>=6.130")
    libraries = ("jsonschema>=4.20", "scipy>=1.12", "selenium>=4.20")
    extras = {"nam-plugin-lightning": "[tensorboard]", "nam-plugin-wav": "[plot]"}
    flags = [flag for place in DISTRIBUTIONS for flag in ("-e", f"{place}{extras.get(place.name, '')}")]
    backend = ("hatchling>=1.27", "editables>=0.5")
    session.run("uv", "pip", "install", "-q", "--resolution", "lowest-direct", *tools, *libraries, *backend, *flags)
    # Old packages warn of what newer neighbours deprecate; that is no fault of theirs or ours.
    told = ("FutureWarning", "DeprecationWarning", "pytest.PytestUnraisableExceptionWarning")
    heard = [flag for name in told for flag in ("-W", f"default::{name}")]
    session.run("pytest", "-n", "2", *heard, *session.posargs, env=ONE_THREAD)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    session.install("-q", "-c", CONSTRAINTS, "ruff", silent=True)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the kernel and of every plugin, strictly."""
    install_house(session, "mypy", "nox", "pytest", editable=True)
    session.run("mypy", "nam_kernel", "noxfile.py", *(str(plugin.relative_to(HERE) / "src") for plugin in PLUGINS))


@nox.session
def docs(session: nox.Session) -> None:
    """Check that what the documentation says is true: its commands, configs and examples are run."""
    install_house(session, *TEST_TOOLS, editable=True)
    session.run("pytest", "tests/house/test_docs.py", *session.posargs, env=ONE_THREAD)


@nox.session
def wheels(session: nox.Session) -> None:
    """
    Build every wheel, and test each plugin with the kernel and its declared dependencies alone.

    What all of them need (torch, the kernel, the devkit, the tools of the tests) is installed once. Each plugin's
    environment holds only what the plugin adds, and sees the shared one behind it.
    """
    install(session, "build", *BUILD_TOOLS, *TEST_TOOLS)
    dist = Path(session.create_tmp()) / "wheels"
    shutil.rmtree(dist, ignore_errors=True)
    for place in DISTRIBUTIONS:
        session.run("python", "-m", "build", "--no-isolation", "--wheel", "-o", str(dist), str(place), silent=True)
    # The wheels just built, and not what an index may have under the same names.
    ours = dist / "ours.txt"
    ours.write_text("".join(f"{name}=={version()}\n" for name in ("nam-kernel", *(p.name for p in PLUGINS))))
    source = ("-q", "-c", CONSTRAINTS, "-c", str(ours), "--find-links", str(dist))
    # An environment that is used again has those of another day, under the same version.
    session.run("python", "-m", "pip", "uninstall", "-q", "-y", "nam-kernel", "nam-devkit", silent=True)
    session.run("python", "-m", "pip", "install", *source, "nam-kernel", "nam-devkit", silent=True)
    for plugin in PLUGINS:
        if not session.posargs or plugin.name in session.posargs:
            python = layer(session, dist.parent / f"alone-{plugin.name}")
            session.run("python", "-m", "pip", "--python", python, "install", *source, plugin.name, silent=True)
            # -P: not with the kernel of this folder, but with that of the wheel.
            session.run(python, "-P", "-m", "pytest", "-n", "2", str(plugin / "tests"), external=True, env=ONE_THREAD)
            shutil.rmtree(dist.parent / f"alone-{plugin.name}")


@nox.session
def bench(session: nox.Session) -> None:
    """
    Measure against neural-amp-modeler 0.13, which gets an environment of its own, and print the table of the docs.

    Arguments after ``--`` are rows of ``tests/benchmarks/bench.py``, or its options.
    """
    install_house(session)
    python = interpreter(older := Path(session.create_tmp()) / "older")
    if not older.exists():
        session.run("python", "-m", "venv", str(older), silent=True)
        pip = (python, "-m", "pip", "install", "-q")
        # The same torch on both sides; what else it pins differs from our constraints.
        session.run(*pip, "-c", CONSTRAINTS, "torch", external=True, silent=True)
        session.run(*pip, f"neural-amp-modeler=={OLDER}", external=True, silent=True)
    session.run("python", "tests/benchmarks/bench.py", python, *session.posargs)


def layer(session: nox.Session, place: Path) -> str:
    """
    Make an empty environment that also sees the packages of the session's own.

    :return: its interpreter
    """
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    shutil.rmtree(place, ignore_errors=True)
    session.run("python", "-m", "venv", "--without-pip", str(place), silent=True)
    python = interpreter(place)
    below, own = (str(session.run(p, "-c", where, silent=True, external=True)).strip() for p in ("python", python))
    (Path(own) / "below.pth").write_text(below + "\n", encoding="utf-8")
    return python


def interpreter(place: Path) -> str:
    """Return the path of the interpreter of an environment."""
    return str(place / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


@nox.session
def release(session: nox.Session) -> None:
    """Build all distributions into ``dist`` and check them; ``nox -s release -- v1.2.3`` compares the tag, too."""
    if session.posargs and session.posargs[0].removeprefix("v") != version():
        session.error(
            f"the tag {session.posargs[0]} is not the version {version()} of nam_kernel/__init__.py; change one of them"
        )
    session.install("-q", "-c", CONSTRAINTS, "build", "twine", *BUILD_TOOLS, silent=True)
    dist = HERE / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    for place in DISTRIBUTIONS:
        # A source distribution, and from that the wheel.
        session.run("python", "-m", "build", "--no-isolation", "-o", str(dist), str(place), silent=True)
    files = list(dist.iterdir())
    if len(files) != 2 * len(DISTRIBUTIONS):
        session.error(f"{len(DISTRIBUTIONS)} distributions gave {len(files)} files in {dist}; two each were expected")
    session.run("twine", "check", "--strict", str(dist / "*"), silent=True)
    if wrong := [f"{wheel.name}: {fault}" for wheel in dist.glob("*.whl") for fault in faults(wheel)]:
        session.error("\n".join(["these wheels are not as they should be", *wrong]))
    session.log(f"{len(files)} files of version {version()} are in {dist}")


def faults(wheel: Path) -> Iterator[str]:
    """Yield what a wheel lacks that each of ours has."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        info = next(name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(info))
    if metadata["Version"] != version():
        yield f"its version is {metadata['Version']}, not {version()}"
    for field in ("Author", "Project-URL", "License-Expression", "Requires-Python", "Summary", "Keywords"):
        if not metadata[field]:
            yield f"its metadata has no {field}"
    for minor in range(11, 15):
        if f"Programming Language :: Python :: 3.{minor}" not in metadata.get_all("Classifier", []):
            yield f"its classifiers leave out Python 3.{minor}"
    if info.replace("METADATA", "licenses/LICENSE") not in names:
        yield "it has no licence file"
    for package in {name.partition("/")[0] for name in names} - {info.partition("/")[0]}:
        if f"{package}/py.typed" not in names:
            yield f"{package} has no py.typed"


@nox.session(venv_backend="none")
def dev(session: nox.Session) -> None:
    """Install everything into ``.venv``, editable, with every tool."""
    install_here(session, *TEST_TOOLS, "build", "mypy", "nox", "ruff")


def install_here(session: nox.Session, *tools: str) -> str:
    """Install the kernel and every plugin, editable, into ``.venv`` of the checkout; return its interpreter."""
    place = HERE / ".venv"
    if not (place / "pyvenv.cfg").exists():
        session.run(sys.executable, "-m", "venv", str(place))
    python = str(place / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    pip = (python, "-m", "pip", "install", "-q", "-c", CONSTRAINTS)
    session.run(*pip, "torch")
    session.run(*pip, *BUILD_TOOLS, "tensorboard", *tools)
    editable = [flag for path in DISTRIBUTIONS for flag in ("-e", str(path))]
    session.run(*pip, "--no-build-isolation", *editable)
    return python
