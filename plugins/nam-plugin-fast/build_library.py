"""
Compile the library when a wheel or an editable install is made.

Without a compiler the plugin is built all the same; it then accelerates nothing, and says so. ``CXX`` names the
compiler, and none where it is empty. ``python build_library.py`` compiles in a checkout.
"""

import ctypes
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = Path(__file__).parent / "src" / "nam_plugin_fast"
SOURCES = PACKAGE / "native"
NAME = {"win32": "_fast.dll", "darwin": "_fast.dylib"}.get(sys.platform, "_fast.so")
FLAGS = ["-std=c++17", "-O3", "-fPIC", "-fvisibility=hidden", "-ffp-contract=fast", "-Wno-psabi"]
TARGETS = (
    {
        "avx512": ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mfma"],
        "avx2": ["-mavx2", "-mfma"],
        "sse2": [],
    }
    if platform.machine().lower() in ("x86_64", "amd64")
    else {"plain": []}
)
"""The instruction sets, and how a compiler is told of each. The last one is what every such processor has."""

# The program may run beside another standard library than that of the machine on which it was compiled.
ALONE = ["-static-libgcc", "-static-libstdc++", "-Wl,--exclude-libs,ALL", "-pthread"]
LINKING = [ALONE, ["-pthread"]] if sys.platform != "darwin" else [[]]


class LibraryHook(BuildHookInterface[Any]):
    """Adds the library to what is built, where a compiler is found."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, before hatchling collects the files."""
        try:
            if version == "editable":
                (PACKAGE / NAME).unlink(missing_ok=True)
                compile_library(PACKAGE / NAME)
                return
            self._folder = tempfile.TemporaryDirectory()
            library = Path(self._folder.name) / NAME
            compile_library(library)
        except CompileError as error:
            self.app.display_warning(f"nam-plugin-fast is built without its compiled code: {error}")
            return
        build_data["force_include"][str(library)] = f"nam_plugin_fast/{NAME}"
        # The library knows nothing of Python, so any Python of this system can load it.
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_of(library)}"


class CompileError(Exception):
    """Why there is no library."""


def compile_library(library: Path) -> None:
    """
    Compile the library.

    :raises CompileError: when there is no compiler that can, or what it makes does not run
    """
    compiler = find_compiler()
    with tempfile.TemporaryDirectory() as place:
        made = Path(place) / NAME
        units = {name: ["target.cpp", f"-DNAM_TARGET={name}", *flags] for name, flags in TARGETS.items()}
        units["library"] = ["library.cpp"]
        with ThreadPoolExecutor() as pool:
            objects = list(pool.map(lambda unit: _compile(compiler, Path(place), unit), units.items()))
        for attempt in LINKING:
            done = _run([*compiler, "-shared", "-o", str(made), *map(str, objects), *attempt])
            if not done.returncode:
                break
        else:
            raise CompileError(f"{compiler[0]} cannot link it: {_last_line(done.stderr)}")
        _try_out(made)
        # Replaced, not overwritten: a program that runs has the old one in its memory.
        beside = library.with_name(f"{library.name}.new")
        shutil.copyfile(made, beside)
        beside.replace(library)


def find_compiler() -> list[str]:
    """
    Return the command of the C++ compiler.

    :raises CompileError: when there is none
    """
    named = os.environ.get("CXX")
    commands = [["c++"], ["g++"], ["clang++"]] if named is None else [shlex.split(named)]
    found = next((c for c in commands if c and shutil.which(c[0])), None)
    if found is None:
        wanted = f"CXX is '{named}', which is no program here" if named else "there is no C++ compiler"
        raise CompileError(f"{wanted}; install g++ or clang++, and then this package again")
    return found


def platform_of(library: Path) -> str:
    """Return the platform of a wheel that holds the library, as its file name has it."""
    here = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    if sys.platform == "darwin":
        # Python may be of two architectures, the library is of this one.
        return here.replace("universal2", platform.machine())
    needed = [(int(a), int(b)) for a, b in re.findall(rb"GLIBC_(\d+)\.(\d+)", library.read_bytes())]
    if not here.startswith("linux_") or not needed or b"libstdc++.so" in library.read_bytes():
        return here
    # It needs nothing but the C library, and of that no newer version than those it names.
    major, minor = max([*needed, (2, 17)])
    return here.replace("linux", f"manylinux_{major}_{minor}", 1)


def _compile(compiler: list[str], place: Path, unit: tuple[str, list[str]]) -> Path:
    name, arguments = unit
    made = place / f"{name}.o"
    source, *flags = arguments
    done = _run([*compiler, *FLAGS, *flags, "-c", str(SOURCES / source), "-o", str(made)])
    if done.returncode:
        raise CompileError(f"{compiler[0]} cannot compile {source} for {name}: {_last_line(done.stderr)}")
    return made


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _last_line(text: str) -> str:
    errors = [line for line in text.splitlines() if "error" in line] or text.splitlines() or ["it said nothing"]
    return errors[-1].strip()


def _try_out(library: Path) -> None:
    """Load the library in another process, because what does not load may take its process with it."""
    code = "import ctypes, sys; ctypes.CDLL(sys.argv[1]).nam_fast_target()"
    done = _run([sys.executable, "-c", code, str(library)])
    if done.returncode:
        raise CompileError(f"what was compiled does not run here: {_last_line(done.stderr)}")


if __name__ == "__main__":
    compile_library(PACKAGE / NAME)
    library = ctypes.CDLL(str(PACKAGE / NAME))
    library.nam_fast_target.restype = ctypes.c_char_p
    print(f"{PACKAGE / NAME} is compiled; this processor uses {library.nam_fast_target().decode()}")
