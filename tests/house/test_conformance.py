"""Every plugin of the house is held to the laws of the conformance kit, in its own tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nam_devkit.conformance import BASES
from nam_devkit.subjects import example_of
from nam_kernel import plugins

pytestmark = pytest.mark.usefixtures("fresh_plugins")

ROOT = Path(__file__).parents[2]
HOUSE = sorted(p.parent.name for p in ROOT.glob("plugins/*/pyproject.toml"))


def offered(distribution: str) -> list[plugins.Plugin]:
    loaded = plugins.current().plugins
    return [plugin for plugin in loaded if plugin.found.source == distribution and plugin.found.path is None]


@pytest.mark.parametrize("distribution", HOUSE)
def test_its_tests_name_every_component(distribution: str) -> None:
    tests = "".join(
        p.read_text(encoding="utf-8") for p in ROOT.glob(f"plugins/{distribution}/tests/test_*conformance.py")
    )
    tried = set(re.findall(r'^    name = "(.+)"$', tests, re.MULTILINE))
    for plugin in offered(distribution):
        assert f'plugin = "{plugin.found.name}"' in tests, "write a test with a class of nam_devkit"
        components = [c for c in plugin.components if c.kind in BASES]
        held = {c.target for c in components if c.name in tried}
        assert [c.name for c in components if c.target not in held] == []


@pytest.mark.parametrize("distribution", HOUSE)
def test_plugins_check_has_a_config_for_every_component(distribution: str, tmp_path: Path) -> None:
    from nam_kernel.run.build import bind

    for plugin in offered(distribution):
        for component in (c for c in plugin.components if c.kind in BASES):
            example = example_of(component, distribution, tmp_path)
            bind(component.kind, f"{distribution}:{component.name}", example)
