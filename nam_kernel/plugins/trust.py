"""
Whether code in the extensions folder may be run: nobody but its owner may have put it there.

One rule for everything that is imported from there, plugins, their neighbours and the packages of a ``--target`` tree,
checked where it is imported. The check reads owner and permissions; Windows has none, so it is skipped there.
"""

import logging
import os
import stat
import sys
from collections.abc import Sequence
from importlib import machinery
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

_log = logging.getLogger(__name__)


def distrust(path: Path) -> str:
    """
    Return why a file or folder must not be run, with the command that fixes it; an empty string when it may.

    Links are followed, and whoever may write to a folder above may put something else in its place.
    ``NAM_TRUST_EXTENSIONS=1`` turns the check off. What the group may write gets a warning only.
    """
    if os.name == "nt" or os.environ.get("NAM_TRUST_EXTENSIONS") == "1":
        return ""
    try:
        real = path.resolve()
        near, above = (real, real.parent), real.parents[1:]
        reasons = (_reason(p, p.stat(), owned=p in near) for p in (*near, *above))
        reason = next(filter(None, reasons), "")
        if not reason and real.stat().st_mode & stat.S_IWGRP:
            _log.warning("the group may write to %s; fix: chmod g-w '%s'", path, path)
    except OSError as error:
        return f"{path} cannot be examined ({error.strerror})"
    return reason if str(real) == str(path.absolute()) or not reason else f"{path} leads to where {reason}"


def _reason(path: Path, status: os.stat_result, *, owned: bool) -> str:
    if owned and status.st_uid not in (os.getuid(), 0):
        return f"{path} belongs to another user; fix: sudo chown {os.getuid()} '{path}'"
    if status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX:
        return f"anyone may write to {path}; fix: chmod o-w '{path}'"
    return ""


def guard(folder: Path) -> None:
    """Check everything that is imported from a folder, or from one in it, from now on."""
    place = str(folder)

    def hook(entry: str) -> machinery.FileFinder:
        if entry != place and not entry.startswith(place + os.sep):
            raise ImportError
        compiled = (machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES)
        return _Finder(entry, compiled, (_Source, machinery.SOURCE_SUFFIXES))

    if not any(getattr(known, "guards", None) == place for known in sys.path_hooks):
        hook.guards = place  # type: ignore[attr-defined]
        sys.path_hooks.insert(0, hook)
    for entry in [e for e in sys.path_importer_cache if e == place or e.startswith(place + os.sep)]:
        if not isinstance(sys.path_importer_cache[entry], _Finder):
            del sys.path_importer_cache[entry]


class _Finder(machinery.FileFinder):
    def find_spec(self, name: str, target: ModuleType | None = None) -> machinery.ModuleSpec | None:
        spec = super().find_spec(name, target)
        places: Sequence[Any] = [] if spec is None else [spec.origin, *(spec.submodule_search_locations or [])]
        for reason in (distrust(Path(place)) for place in places if place and Path(place).exists()):
            if reason:
                raise ImportError(f"{name} is not imported: {reason}", name=name)
        return spec


class _Source(machinery.SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        """Compile the source: somebody else may have written the byte code beside it."""
        return self.source_to_code(self.get_data(self.path), self.path)
