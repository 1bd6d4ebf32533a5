"""It is built with and without a compiler, and without one it says what would help."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1]
MISSING = "no-such-compiler"

pytest.importorskip("hatchling")


def build(place, **variables):
    """Return the wheel that is built in a process with these variables, and what it printed."""
    code = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(place)],
        cwd=FOLDER,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    (wheel,) = place.glob("*.whl")
    return wheel, done.stdout + done.stderr


def show(site, **variables):
    """Return what ``plugins show`` prints, and notes of the plugin, where the plugin is the one in this folder."""
    path = os.pathsep.join([str(site), *sys.path])
    done = subprocess.run(
        [sys.executable, "-m", "nam_kernel.cli.main", "plugins", "show", "nam-plugin-fast"],
        env={**os.environ, "PYTHONPATH": path, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if "nam-plugin-fast" in line]


def test_without_a_compiler_a_wheel_for_any_platform_stays_out_and_says_what_helps(tmp_path):
    wheel, told = build(tmp_path, CC=MISSING, CXX=MISSING)
    assert wheel.name.endswith("-py3-none-any.whl")
    assert f"CXX is '{MISSING}'" in told
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if "_fast." in name or "native" in name]
        archive.extractall(tmp_path / "site")
    out, notes = show(tmp_path / "site")
    assert "loaded" in out
    (note,) = notes
    assert "install a C++ compiler" in note


@pytest.mark.slow
def test_with_a_compiler_a_wheel_holds_the_library_and_names_its_platform(tmp_path):
    wheel, told = build(tmp_path)
    if "no C++ compiler" in told:
        pytest.skip("there is no compiler")
    assert "-py3-none-" in wheel.name
    assert not wheel.name.endswith("-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert [name for name in archive.namelist() if name.startswith("nam_plugin_fast/_fast.")]
        archive.extractall(tmp_path / "site")
    assert show(tmp_path / "site")[1] == []
