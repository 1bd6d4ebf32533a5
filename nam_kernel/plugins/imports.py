"""Run the code of a plugin, wherever it lies."""

import importlib
import importlib.util
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType

from nam_kernel.plugins import extension
from nam_kernel.plugins.discovery import Found, extensions_folder
from nam_kernel.plugins.trust import guard


def import_plugin(found: Found) -> ModuleType:
    """
    Return a plugin's hook module: an installed one by its name, a file of the extensions folder by its place.

    The folder comes last on the search path, so that nothing in it comes before what is installed.
    """
    if found.path is None:
        return importlib.import_module(found.target)
    guard(extensions_folder())
    folder = str(found.path if found.target else extensions_folder())
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(found.target) if found.target else _import_file(found.name, found.path)


def _import_file(name: str, path: Path) -> ModuleType:
    """
    Return an extension file as a module of the package ``extension``.

    Under its own name it is importable too where that is free, for extensions that import one another or themselves.
    """
    private = f"{extension.__name__}.{name}"
    extension.__path__[:] = [str(extensions_folder())]
    importlib.invalidate_caches()
    running = sys.modules.get(private)
    if getattr(getattr(running, "__spec__", None), "_initializing", False):
        # Unpickling imports an extension before the plugins are loaded, and its own import then loads them.
        return sys.modules[private]
    imported = sys.modules.get(name)
    if imported is not None and getattr(imported, "__file__", None) == str(path):
        return sys.modules.setdefault(private, imported)
    # find_spec would return that of a file of this name that was run before, from another folder.
    sys.modules.pop(private, None)
    spec = importlib.util.find_spec(private)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is gone, or its name cannot be that of a module")
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
    """Return whether ``import name`` would run this very file."""
    with suppress(ImportError, ValueError, AttributeError):
        spec = importlib.util.find_spec(name)
        return spec is not None and spec.origin is not None and Path(spec.origin) == path
    return False
