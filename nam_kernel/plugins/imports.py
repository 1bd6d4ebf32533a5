"""Run the code of a plugin, wherever it lies."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType

from nam_kernel.plugins.discovery import Found, extensions_folder


def import_plugin(found: Found) -> ModuleType:
    """
    Run a plugin's hook module: an installed one by its name, a file of the extensions folder by its place.

    The folder comes last on the search path, so that nothing in it comes before what is installed.
    """
    if found.path is None:
        return importlib.import_module(found.target)
    folder = str(found.path if found.target else extensions_folder())
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(found.target) if found.target else _run_file(found.name, found.path)


def _run_file(name: str, path: Path) -> ModuleType:
    """
    Run an extension file under a private module name, so that ``json.py`` in the folder shadows nothing.

    Under its own name it is importable too where that is free, for extensions that import one another.
    """
    private = f"_nam_extension_{name}"
    imported = sys.modules.get(name)
    if imported is not None and getattr(imported, "__file__", None) == str(path):
        return sys.modules.setdefault(private, imported)
    places = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(private, path, submodule_search_locations=places)
    assert spec is not None
    assert spec.loader is not None
    names = [private, name] if imported is None and _comes_from(name, path) else [private]
    module = importlib.util.module_from_spec(spec)
    sys.modules.update(dict.fromkeys(names, module))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        for key in names:
            sys.modules.pop(key, None)
        raise
    return module


def _comes_from(name: str, path: Path) -> bool:
    """Tell whether ``import name`` would run this very file."""
    with suppress(ImportError, ValueError, AttributeError):
        spec = importlib.util.find_spec(name)
        return spec is not None and spec.origin is not None and Path(spec.origin) == path
    return False
