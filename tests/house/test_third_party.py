"""A stranger's distribution, and strangers' broken ones, beside a training."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

import zoo
from material import documents
from support import Command

PROJECT = {
    "pyproject.toml": """
        [build-system]
        requires = ["hatchling"]
        build-backend = "hatchling.build"

        [project]
        name = "nam-plugin-stranger"
        version = "4.5.6"
        dependencies = ["nam-kernel>=0.1,<0.2", "torch"]

        [project.entry-points."nam_kernel.v1"]
        stranger = "strangers_net.hooks"

        [tool.hatch.build.targets.wheel]
        packages = ["strangers_net"]
        """,
    "strangers_net/__init__.py": "",
    "strangers_net/hooks.py": """
        from nam_kernel import Net, hookimpl

        @hookimpl
        def nam_nets():
            return [
                Net(
                    name="Shaper",
                    target="strangers_net.net:Shaper",
                    config="strangers_net.config:ShaperConfig",
                    architectures=("Shaper",),
                )
            ]
        """,
    "strangers_net/config.py": """
        from nam_kernel.config import Config, PositiveInt

        class ShaperConfig(Config):
            taps: PositiveInt
        """,
    "strangers_net/net.py": """
        import torch

        from nam_kernel import BaseNet

        class Shaper(BaseNet):
            def __init__(self, taps):
                super().__init__()
                self.conv = torch.nn.Conv1d(1, 1, taps)

            @classmethod
            def init_from_config(cls, config):
                return cls(config["taps"])

            @property
            def receptive_field(self):
                return self.conv.kernel_size[0]

            def export_config(self):
                return {"taps": self.receptive_field}

            def compute(self, x):
                return torch.tanh(self.conv(x[:, None])[:, 0])
        """,
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the stranger's distribution with pip into a folder of its own."""
    project, target = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("site")
    for name, content in PROJECT.items():
        file = project / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(dedent(content))
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(target), str(project)], check=True, timeout=300)
    return target


def test_a_strangers_net_trains_and_is_exported(tmp_path: Path, site: Path, command: Command) -> None:
    paths = documents(tmp_path, model={"net": {"name": "Shaper", "config": {"taps": 5}}})
    done = command("nam_full", *paths, "out", "-np", path=site)
    assert done.returncode == 0, done.stderr
    (model,) = (tmp_path / "out").glob("*/model.nam")
    document = json.loads(model.read_text())
    assert document["architecture"] == "Shaper"
    assert document["config"] == {"taps": 5}
    assert len(document["weights"]) == 6
    assert document["metadata"]["made_by"]["net.config"] == {
        "component": "Shaper",
        "from": "nam-plugin-stranger",
        "version": "4.5.6",
    }
    played = command("nam-kernel", "render", model, tmp_path / "di.wav", tmp_path / "y.wav", path=site)
    assert played.returncode == 0, played.stderr


def test_a_strangers_config_is_checked_like_any_other(tmp_path: Path, site: Path, command: Command) -> None:
    paths = documents(tmp_path, model={"net": {"name": "Shaper", "config": {"tabs": 5}}})
    done = command("nam_full", *paths, "out", path=site)
    assert done.returncode == 2
    assert "net.config.tabs: unknown key; did you mean 'taps'?" in done.stderr


def test_a_training_that_needs_none_of_the_zoo_is_not_touched_by_it(tmp_path: Path, command: Command) -> None:
    site = tmp_path / "site"
    for name, (source, _) in zoo.BROKEN.items():
        zoo.install(site, name, source)
    zoo.install(site, "stale", "", module=False)
    zoo.install(site, "future", "", group="nam_kernel.v2")
    for name in ("twin_a", "twin_b"):
        zoo.install(site, name, zoo.good(name, "Twin"))
    done = command("nam_full", *documents(tmp_path), "out", "-np", path=site)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "out").glob("*/model.nam"))
    for name, (_, reason) in zoo.BROKEN.items():
        (line,) = [line for line in done.stderr.splitlines() if f"plugin '{name}' " in line]
        assert reason in line


def test_a_training_that_needs_a_broken_plugin_stops_with_its_cause(
    tmp_path: Path, command: Command, nam_home: Path
) -> None:
    zoo.extend(nam_home, "my_net", "import a_package_that_nobody_has")
    paths = documents(tmp_path, model={"net": {"name": "MyNet", "config": {}}})
    done = command("nam_full", *paths, "out")
    assert done.returncode != 0
    assert "a_package_that_nobody_has" in done.stderr.split("error:")[1]
    assert not (tmp_path / "out").exists()


def test_a_legacy_extension_registers_a_plain_module_that_trains(
    tmp_path: Path, command: Command, nam_home: Path
) -> None:
    zoo.extend(
        nam_home,
        "old",
        """
        import torch
        from nam_kernel import register_net

        class Two(torch.nn.Module):
            def __init__(self, config):
                super().__init__()
                self.taps = torch.nn.Parameter(torch.tensor([0.5, 0.1]))
                self.receptive_field = 2

            def forward(self, x):
                return self.taps[0] * x[:, 1:] + self.taps[1] * x[:, :-1]

            def export_config(self):
                return {}

        register_net("Two", Two)
        """,
    )
    done = command("nam_full", *documents(tmp_path, model={"net": {"name": "Two"}}), "out", "-np")
    assert done.returncode == 0, done.stderr
    (model,) = (tmp_path / "out").glob("*/model.nam")
    assert json.loads(model.read_text())["architecture"] == "Two"
