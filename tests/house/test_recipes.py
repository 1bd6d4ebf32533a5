"""Claims about docs/recipes.md: its configs can be trained as they stand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import nam_kernel
from material import documents
from nam_kernel.models import document_of
from support import ROOT

pytestmark = pytest.mark.usefixtures("fresh_plugins")

RECIPES = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8"), re.DOTALL)

SMALL, LARGE = (
    channels + channels**2 * 156 + 23 * (channels**2 + 3 * channels) + 16 * channels + 2 for channels in (3, 8)
)
"""
Numbers in the file, counted by hand: the input layer; of 23 layers the taps (21 times 6, twice 15), the 1x1 layer, and
two biases and a mixer of as many numbers as channels; a head of 16 taps with its bias, and its scale.
"""


def test_the_a2_recipe_describes_both_official_sizes(tmp_path: Path) -> None:
    data, _, learning = documents(tmp_path)
    (recipe,) = map(json.loads, RECIPES)
    config = json.loads(data.read_text())
    config["train"] = {"stop_samples": -48000, "ny": 2048}
    config["common"] |= {"x_path": str(tmp_path / "di.wav"), "y_path": str(tmp_path / "amp.wav")}
    run = nam_kernel.check(config, recipe, json.loads(learning.read_text()))
    run.teardown()
    assert run.net.outputs == ("small", "large")
    assert [len(document_of(net)["weights"]) for net in run.net.nets] == [SMALL, LARGE]  # type: ignore[union-attr]
