"""
Know what is installed and what lies in the extensions folder, without running a line of any plugin.

Installed plugins are entry points of the group ``nam_kernel.v1``; the number is the major version of the
plugin API. The extensions folder holds single files, packages, and trees made by ``pip install --target``.
"""

import ast
import importlib.machinery
import json
import os
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import importlib_metadata

from nam_kernel.errors import UserError
from nam_kernel.files import atomic_write_text
from nam_kernel.plugins.trust import distrust

API = 1
GROUP = f"nam_kernel.v{API}"
COMMANDS = f"nam_kernel.commands.v{API}"

LARGEST_SOURCE = 4 * 2**20
"""Bytes; no extension is larger."""

_PLUGIN_GROUP = re.compile(r"^nam_kernel\.v(\d+)$")
_VERSION = re.compile(rb"""^__version__\s*(?::[^=\n]*)?=\s*["']([^"'\n]+)""", re.MULTILINE)


@dataclass(frozen=True)
class Found:
    """
    A plugin that is there, and what is known of it without importing it.

    :param name: the entry point's name, or that of the extension file without ``.py``
    :param source: the distribution's name, or the extension file
    :param state: ``found``, ``blocked``, ``incompatible``, ``legacy`` (an extension file without hooks, which
        registers its components when it runs), or ``failed`` (a file that is not Python)
    :param target: the module to import, for an entry point
    :param path: the file to run, for an extension file
    """

    name: str
    source: str
    version: str = ""
    state: str = "found"
    reason: str = ""
    target: str = ""
    path: Path | None = None

    @property
    def loadable(self) -> bool:
        """Whether its code may be run."""
        return self.state in ("found", "legacy")


def home() -> Path:
    """Return the folder of the user's own files: ``$NAM_HOME``, or ``~/.neural-amp-modeler``."""
    given = os.environ.get("NAM_HOME", "")
    return Path(given).expanduser() if given else Path.home() / ".neural-amp-modeler"


def extensions_folder() -> Path:
    """Return the folder whose Python files are plugins."""
    return home() / "extensions"


def find(blocked: Collection[str] = ()) -> list[Found]:
    """
    Return every plugin: installed ones by distribution and name, then extensions by file name.

    :param blocked: names of plugins or distributions to block, beside those that ``NAM_PLUGINS_OFF`` and
        ``nam-kernel plugins disable`` block; ``*`` blocks all
    """
    off = {
        **dict.fromkeys(_disabled(), "disabled; nam-kernel plugins enable {} brings it back"),
        **dict.fromkeys(_off(), "switched off by -p or NAM_PLUGINS_OFF"),
        **dict.fromkeys(blocked, "switched off by -p no:{}"),
    }
    return [_block(found, off) for found in (*_installed(importlib_metadata.distributions()), *_extensions())]


def commands(blocked: Collection[str] = ()) -> dict[str, list[importlib_metadata.EntryPoint]]:
    """
    Return the subcommands that plugins bring to ``nam-kernel``, by name, those of blocked distributions left out.

    A name may have two words. One that several distributions bring is an error only when it is used.
    """
    off = {*_disabled(), *_off(), *blocked}
    brought: dict[str, list[importlib_metadata.EntryPoint]] = {}
    for entry in importlib_metadata.entry_points(group=COMMANDS):
        if entry.dist is not None and entry.dist.name not in off and "*" not in off:
            brought.setdefault(entry.name, []).append(entry)
    return brought


def first_line(module: str) -> str:
    """Return the first line of a module's docstring, reading its source without running it; empty when it has none."""
    package, *below = module.split(".")
    spec = importlib.machinery.PathFinder.find_spec(package)
    places = list(spec.submodule_search_locations or []) if spec is not None else []
    file = next((f for place in places for f in _sources(Path(place, *below)) if f.is_file()), None)
    if file is None:
        file = Path(spec.origin) if spec is not None and spec.origin and not below else None
    try:
        docstring = ast.get_docstring(ast.parse(file.read_bytes())) if file is not None else None
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    return (docstring or "").strip().partition("\n")[0].rstrip(".")


def _sources(place: Path) -> tuple[Path, Path]:
    return place.with_name(f"{place.name}.py"), place / "__init__.py"


def disable(name: str, *, off: bool) -> None:
    """
    Remember that the plugin or distribution ``name`` is not to be loaded, or forget it.

    :raises UserError: when nothing is called so
    """
    names = _disabled()
    known = {n for found in find() for n in (found.name, found.source)}
    if name not in known and name not in names:
        raise UserError(f"no plugin or distribution is called '{name}'; nam-kernel plugins list shows their names")
    names = [n for n in names if n != name] + ([name] if off else [])
    home().mkdir(parents=True, exist_ok=True)
    atomic_write_text(_disabled_file(), json.dumps(names) + "\n")


def _disabled_file() -> Path:
    return home() / "disabled-plugins.json"


def _disabled() -> list[str]:
    file = _disabled_file()
    try:
        names = json.loads(file.read_text(encoding="utf-8"))
        return [str(n) for n in names]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise UserError(f"{file} cannot be read ({error}); remove it, and disable the plugins again") from None


def _off() -> list[str]:
    return [n.strip() for n in os.environ.get("NAM_PLUGINS_OFF", "").split(",") if n.strip()]


def _block(found: Found, off: dict[str, str]) -> Found:
    for key in (found.name, found.source, "*"):
        if key in off:
            return replace(found, state="blocked", reason=off[key].format(key))
    return found


def _installed(distributions: Iterable[Any]) -> list[Found]:
    found: dict[tuple[str, str], Found] = {}
    for distribution in distributions:
        try:
            for entry in distribution.entry_points:
                match = _PLUGIN_GROUP.match(entry.group)
                if match:
                    plugin = Found(entry.name, distribution.name, distribution.version, target=entry.value)
                    found.setdefault((plugin.source, plugin.name), _judge_api(plugin, int(match[1])))
        except Exception as error:
            place = str(getattr(distribution, "_path", "a distribution"))
            broken = Found(Path(place).stem, place, state="failed", reason=f"its metadata cannot be read: {error}")
            # Most packages of a machine are no plugins, and a broken one of them is not our business.
            if "nam" in broken.name:
                found[place, ""] = broken
    return [found[key] for key in sorted(found)]


def _judge_api(found: Found, api: int) -> Found:
    if api == API:
        return found
    remedy = "upgrade nam-kernel" if api > API else f"upgrade {found.source}"
    reason = f"made for version {api} of the plugin API, this nam-kernel has version {API}: {remedy}"
    return replace(found, state="incompatible", reason=reason)


def _extensions() -> Iterator[Found]:
    folder = extensions_folder()
    if not folder.is_dir():
        return
    reason = distrust(folder)
    if reason:
        yield Found(folder.name, str(folder), state="blocked", reason=reason)
        return
    entries = sorted(e for e in folder.iterdir() if not e.name.startswith(".") and e.name != "__pycache__")
    trees = [t for t in (folder, *(e for e in entries if e.is_dir())) if any(t.glob("*.dist-info"))]
    of_trees = set()
    for tree in trees:
        distributions = list(importlib_metadata.distributions(path=[str(tree)]))
        metadata = [file for info in tree.glob("*.dist-info") for file in (info, *info.iterdir())]
        reason = next(filter(None, map(distrust, metadata)), "")
        of_trees |= {tree / file.parts[0] for d in distributions for file in d.files or () if file.parts}
        state = {"state": "blocked", "reason": reason} if reason else {}
        yield from (replace(found, path=tree, **state) for found in _installed(distributions))
    for entry in entries:
        if entry in of_trees:
            continue
        if entry.suffix == ".py" and not entry.is_dir():
            yield _read_extension(entry.stem, entry, [entry])
        elif (entry / "__init__.py").is_file():
            yield _read_extension(entry.name, entry / "__init__.py", sorted(entry.rglob("*.py")))


def _read_extension(name: str, path: Path, files: list[Path]) -> Found:
    """Return an extension, classified by reading it: the state is ``legacy`` when no file of it marks a hook."""
    found = Found(name, str(path), path=path)
    reason = next(filter(None, map(distrust, {path.parent, *files})), "")
    if reason:
        return replace(found, state="blocked", reason=reason)
    trees = {}
    for file in files:
        try:
            trees[file] = ast.parse(_source(file), filename=str(file))
        except SyntaxError as error:
            return replace(found, state="failed", reason=f"line {error.lineno} of {file} is not Python: {error.msg}")
        except (OSError, ValueError, RecursionError, MemoryError) as error:
            reason = f"{file} cannot be read: {error or type(error).__name__}"
            return replace(found, state="failed", reason=reason)
    state = "found" if any(map(_marks_a_hook, trees.values())) else "legacy"
    return replace(found, state=state, version=_version(_source(path)))


def _source(file: Path) -> bytes:
    """
    Return the source of an extension.

    :raises ValueError: when it is no regular file, or far larger than any program
    """
    if not file.is_file() or file.stat().st_size > LARGEST_SOURCE:
        raise ValueError("it is not a regular file of less than 4 MiB")
    return file.read_bytes()


def _marks_a_hook(tree: ast.Module) -> bool:
    return any(
        (isinstance(node, ast.Name) and node.id == "hookimpl")
        or (isinstance(node, ast.Attribute) and node.attr == "hookimpl")
        for node in ast.walk(tree)
    )


def _version(source: bytes) -> str:
    match = _VERSION.search(source)
    return match[1].decode(errors="replace") if match else ""
