"""Claims about the extensions folder: nothing runs from it that somebody else may have written."""

from __future__ import annotations

import os
import py_compile
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import zoo
from nam_kernel import plugins

pytestmark = [
    pytest.mark.usefixtures("fresh_plugins"),
    pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions"),
]


@pytest.fixture(autouse=True)
def own_modules() -> Iterator[None]:
    before, path = set(sys.modules), list(sys.path)
    yield
    for name in set(sys.modules) - before:
        if name.startswith(("zoo_", "nam_kernel.plugins.extension.")):
            del sys.modules[name]
    sys.path[:] = path


def plugin(name: str) -> plugins.Plugin:
    (chosen,) = [p for p in plugins.current().plugins if p.found.name == name]
    return chosen


def tree(nam_home: Path) -> Path:
    """A tree as pip makes it with --target: a package with hooks, and its metadata."""
    place = nam_home / "extensions" / "tree"
    zoo.install(place, "planted", "from zoo_part import VALUE\n" + zoo.good("planted"))
    (place / "zoo_part").mkdir()
    (place / "zoo_part" / "__init__.py").write_text("from zoo_part.inner import VALUE")
    (place / "zoo_part" / "inner.py").write_text("VALUE = 1")
    return place


def test_a_tree_that_nobody_else_may_write_is_loaded(nam_home: Path) -> None:
    tree(nam_home)
    assert plugin("planted").state == "loaded"


DAMAGE: dict[str, Callable[[Path], None]] = {
    "hooks": lambda place: (place / "zoo_planted.py").chmod(0o666),
    "metadata": lambda place: (place / "nam_plugin_planted-1.2.dist-info" / "entry_points.txt").chmod(0o666),
    "folder of the metadata": lambda place: (place / "nam_plugin_planted-1.2.dist-info").chmod(0o777),
    "tree": lambda place: place.chmod(0o777),
    "neighbour": lambda place: (place / "zoo_part" / "inner.py").chmod(0o666),
    "package": lambda place: (place / "zoo_part").chmod(0o777),
    "folder above": lambda place: place.parents[1].chmod(0o777),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_tree_that_others_may_write_is_not(nam_home: Path, name: str) -> None:
    place = tree(nam_home)
    DAMAGE[name](place)
    found = [p for p in plugins.current().plugins if p.found.name in ("planted", "extensions")]
    assert found
    for one in found:
        assert one.state in ("blocked", "failed")
        assert "anyone may write to" in one.reason


@pytest.mark.parametrize("where", ["file", "folder"])
def test_a_link_into_a_writable_folder_is_not_followed(nam_home: Path, tmp_path: Path, where: str) -> None:
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    (open_folder / "zoo_linked.py").write_text("raise AssertionError('ran')")
    open_folder.chmod(0o777)
    (nam_home / "extensions").mkdir()
    if where == "file":
        (nam_home / "extensions" / "zoo_linked.py").symlink_to(open_folder / "zoo_linked.py")
    else:
        (open_folder / "__init__.py").write_text("raise AssertionError('ran')")
        (nam_home / "extensions" / "zoo_linked").symlink_to(open_folder)
    assert plugin("zoo_linked").state == "blocked"
    assert "anyone may write to" in plugin("zoo_linked").reason


def test_a_neighbour_that_a_trusted_file_imports_is_checked(nam_home: Path) -> None:
    zoo.extend(nam_home, "zoo_reader", "import zoo_data_of_it")
    folder = nam_home / "extensions" / "zoo_data_of_it"
    folder.mkdir()
    (folder / "note.txt").write_text("a namespace package")
    folder.chmod(0o777)
    assert plugin("zoo_reader").state == "failed"
    assert "anyone may write to" in plugin("zoo_reader").reason


def test_byte_code_of_somebody_else_does_not_run(nam_home: Path) -> None:
    file = zoo.extend(nam_home, "zoo_cached", "raise AssertionError('the byte code ran')")
    cached = Path(py_compile.compile(str(file), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH))
    assert cached.exists()
    file.write_text("from nam_kernel import register_net\nregister_net('Fresh', dict)")
    assert plugin("zoo_cached").state == "loaded"


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a file away")
def test_what_belongs_to_another_user_is_not_run(nam_home: Path) -> None:
    os.chown(zoo.extend(nam_home, "zoo_foreign", "raise AssertionError('ran')"), 12345, 12345)
    assert plugin("zoo_foreign").state == "blocked"
    assert "belongs to another user" in plugin("zoo_foreign").reason


def test_the_check_can_be_turned_off(nam_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zoo.extend(nam_home, "zoo_open", "x = 1").chmod(0o666)
    monkeypatch.setenv("NAM_TRUST_EXTENSIONS", "1")
    assert plugin("zoo_open").state == "loaded"
