"""Claims about what is known of plugins before any of their code runs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import zoo
from nam_kernel.errors import UserError
from nam_kernel.plugins import discovery
from nam_kernel.plugins.discovery import Found

EXPLODES = "raise RuntimeError('plugin code ran')"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of ``sys.path`` in which distributions can be installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def find(name: str) -> Found:
    (found,) = [f for f in discovery.find() if f.name == name]
    return found


def test_an_installed_plugin_is_found_with_source_and_version(site: Path) -> None:
    zoo.install(site, "a", EXPLODES)
    assert find("a") == Found("a", "nam-plugin-a", "1.2", target="zoo_a")


@pytest.mark.parametrize(
    ("group", "remedy"), [("nam_kernel.v2", "upgrade nam-kernel"), ("nam_kernel.v0", "upgrade nam-plugin-a")]
)
def test_a_plugin_of_another_api_is_listed_with_the_remedy(site: Path, group: str, remedy: str) -> None:
    zoo.install(site, "a", EXPLODES, group=group)
    found = find("a")
    assert found.state == "incompatible"
    assert found.reason.endswith(remedy)
    assert not found.loadable


def test_the_order_is_distributions_by_name_then_extensions_by_file(site: Path, nam_home: Path) -> None:
    zoo.extend(nam_home, "b_ext", EXPLODES)
    zoo.extend(nam_home, "a_ext", EXPLODES)
    zoo.install(site, "zz", EXPLODES)
    zoo.install(site, "aa", EXPLODES)
    names = [f.name for f in discovery.find() if f.name in ("a_ext", "b_ext", "zz", "aa")]
    assert names == ["aa", "zz", "a_ext", "b_ext"]


def test_a_plugin_is_blocked_by_its_name_its_distribution_or_a_star(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoo.install(site, "a", EXPLODES)
    for off in ("a", "nam-plugin-a", "*", "x, a"):
        monkeypatch.setenv("NAM_PLUGINS_OFF", off)
        assert find("a").state == "blocked"
    monkeypatch.setenv("NAM_PLUGINS_OFF", "b")
    assert find("a").state == "found"
    (found,) = [f for f in discovery.find(["a"]) if f.name == "a"]
    assert found.state == "blocked"


def test_disabling_lasts_until_enabling(site: Path) -> None:
    zoo.install(site, "a", EXPLODES)
    discovery.disable("a", off=True)
    assert find("a").state == "blocked"
    assert "plugins enable a" in find("a").reason
    discovery.disable("a", off=False)
    assert find("a").state == "found"


def test_disabling_what_is_not_there_is_the_users_mistake() -> None:
    with pytest.raises(UserError, match="no plugin or distribution is called 'nobody'"):
        discovery.disable("nobody", off=True)


def test_a_damaged_list_of_disabled_plugins_is_told(nam_home: Path) -> None:
    (nam_home / "disabled-plugins.json").write_text("{")
    with pytest.raises(UserError, match=r"disabled-plugins\.json cannot be read"):
        discovery.find()


def test_a_file_without_hooks_is_legacy_and_is_not_run(nam_home: Path) -> None:
    zoo.extend(nam_home, "old", f"__version__ = '3.1'\n{EXPLODES}")
    found = find("old")
    assert (found.state, found.version, found.loadable) == ("legacy", "3.1", True)


def test_a_file_with_hooks_is_found_and_is_not_run(nam_home: Path) -> None:
    file = zoo.extend(nam_home, "new", f"import nam_kernel as nk\n{EXPLODES}\n@nk.hookimpl\ndef nam_nets(): ...")
    assert find("new") == Found("new", str(file), path=file)


def test_a_file_that_is_not_python_has_failed_with_its_line(nam_home: Path) -> None:
    file = zoo.extend(nam_home, "bad", "x = 1\ny = = 2\n")
    found = find("bad")
    assert found.state == "failed"
    assert f"line 2 of {file}" in found.reason


def test_a_package_in_the_folder_is_one_plugin(nam_home: Path) -> None:
    package = nam_home / "extensions" / "pack"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from . import hooks")
    (package / "hooks.py").write_text("from nam_kernel import hookimpl\n@hookimpl\ndef nam_nets(): return []")
    found = find("pack")
    assert (found.state, found.path) == ("found", package / "__init__.py")


@pytest.mark.parametrize("below", ["", "tree"])
def test_a_tree_of_pip_install_target_is_found_once(nam_home: Path, below: str) -> None:
    zoo.install(nam_home / "extensions" / below, "t", EXPLODES)
    found = find("t")
    assert (found.source, found.version, found.target) == ("nam-plugin-t", "1.2", "zoo_t")
    assert [f.name for f in discovery.find() if "zoo_t" in f.name] == []


def test_what_is_no_plugin_is_passed_over(nam_home: Path) -> None:
    folder = nam_home / "extensions"
    for name in ("__pycache__", ".git", "data"):
        (folder / name).mkdir(parents=True)
    (folder / ".DS_Store").touch()
    (folder / "notes.txt").touch()
    assert [f for f in discovery.find() if f.path is not None] == []


def test_without_nam_home_the_folder_is_that_of_the_older_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NAM_HOME")
    assert discovery.extensions_folder() == Path.home() / ".neural-amp-modeler" / "extensions"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_what_anyone_may_write_is_refused_with_the_command_that_mends_it(
    nam_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = zoo.extend(nam_home, "open", EXPLODES)
    file.chmod(0o666)
    found = find("open")
    assert found.state == "blocked"
    assert f"chmod o-w '{file}'" in found.reason
    monkeypatch.setenv("NAM_TRUST_EXTENSIONS", "1")
    assert find("open").state == "legacy"
    monkeypatch.delenv("NAM_TRUST_EXTENSIONS")
    file.chmod(0o600)
    file.parent.chmod(0o777)
    (found,) = [f for f in discovery.find() if f.source.startswith(str(nam_home))]
    assert (found.state, found.source) == ("blocked", str(file.parent))


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give a file away")
def test_what_another_user_owns_is_refused(nam_home: Path) -> None:
    file = zoo.extend(nam_home, "theirs", EXPLODES)
    os.chown(file, 12345, -1)
    found = find("theirs")
    assert found.state == "blocked"
    assert "another user" in found.reason


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_what_the_group_may_write_gets_a_warning(nam_home: Path, caplog: pytest.LogCaptureFixture) -> None:
    zoo.extend(nam_home, "shared", EXPLODES).chmod(0o660)
    assert find("shared").state == "legacy"
    assert "the group may write" in caplog.text


def test_the_disabled_list_is_plain_json(site: Path, nam_home: Path) -> None:
    zoo.install(site, "a", EXPLODES)
    discovery.disable("nam-plugin-a", off=True)
    assert json.loads((nam_home / "disabled-plugins.json").read_text()) == ["nam-plugin-a"]
