"""Begun plugins, taken as a user takes them: new, pip install, pytest, check, nam_full."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nam_devkit.scaffold import KINDS

if TYPE_CHECKING:
    from conftest import Command

pytestmark = pytest.mark.slow


def shown(folder: Path) -> dict[str, Any]:
    """Return the config that the README of a begun plugin shows."""
    (block,) = re.findall(r"```json\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    document: dict[str, Any] = json.loads(block)
    return document


def test_one_of_each_kind_installs_passes_its_tests_and_all_train_together(command: Command, tmp_path: Path) -> None:
    site, folders = tmp_path / "site", {}
    for kind in KINDS:
        name = f"my-{kind}"
        begun = command("nam-kernel", "plugins", "new", name, "--kind", kind, "--into", "plugins")
        assert begun.returncode == 0, begun.stderr
        folders[kind] = tmp_path / "plugins" / f"nam-plugin-{name}"
        assert str(folders[kind].relative_to(tmp_path)) in begun.stdout
        options = ("-q", "--no-build-isolation", "--no-deps", "--target", site)
        installed = command("pip", "install", *options, folders[kind], path=site)
        assert installed.returncode == 0, installed.stderr
        tested = command("pytest", "-q", "-W", "error", "-p", "no:cacheprovider", folders[kind], path=site)
        assert tested.returncode == 0, tested.stdout
        assert "failed" not in tested.stdout
        checked = command("nam-kernel", "plugins", "check", name, path=site)
        assert checked.returncode == 0, checked.stdout

    model = {**shown(folders["net"]), **shown(folders["loss"]), "export": shown(folders["exporter"])["export"][1:]}
    documents = {"data": shown(folders["dataset"]), "model": model, "learning": shown(folders["trainer"])}
    paths = []
    for name, document in documents.items():
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(json.dumps(document))
    trained = command("nam_full", *paths, "out", "-np", path=site)
    assert trained.returncode == 0, trained.stderr

    (directory,) = (tmp_path / "out").iterdir()
    record = json.loads((directory / "run.json").read_text())
    sources = {component["from"] for component in record["components"].values()}
    assert sources >= {f"nam-plugin-my-{kind}" for kind in KINDS}
    assert [(proof["file"], proof["passed"]) for proof in record["proofs"]] == [("model.my-exporter", True)]
    # The best that a filter can do, as test_examples.py computes.
    assert record["metrics"]["ESR"] == pytest.approx(0.1004, abs=0.004)
