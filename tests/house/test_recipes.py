"""Claims about docs/recipes.md: its configs can be trained as they stand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import nam_kernel
from material import documents
from support import ROOT

pytestmark = pytest.mark.usefixtures("fresh_plugins")

RECIPES = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8"), re.DOTALL)


def test_the_a2_recipe_describes_both_official_sizes(tmp_path: Path) -> None:
    data, _, learning = documents(tmp_path)
    (recipe,) = map(json.loads, RECIPES)
    config = json.loads(data.read_text())
    config["train"] = {"stop_samples": -48000, "ny": 1024}
    config["common"] |= {"x_path": str(tmp_path / "di.wav"), "y_path": str(tmp_path / "amp.wav")}
    run = nam_kernel.check(config, recipe, json.loads(learning.read_text()))
    run.teardown()
    assert run.net.outputs == ("small", "large")
    assert [net.parameter_count() for net in run.net.nets] == [SMALL, LARGE]  # type: ignore[union-attr]


SMALL, LARGE = 1871, 12097
