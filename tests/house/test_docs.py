"""What the documentation says is true: its commands exist, its configs train, its examples run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import nam_kernel
from material import documents
from nam_kernel import hookspecs
from nam_kernel.config import LossConfig, UserMetadata
from nam_kernel.config.documents import LearningConfig, ModelConfig
from support import ROOT, Command

pytestmark = pytest.mark.usefixtures("fresh_plugins")

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONFIGS = (ROOT / "docs" / "configs.md").read_text(encoding="utf-8")
KERNEL = (ROOT / "docs" / "kernel.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}[^\n]*\n(.*?)```", text, re.DOTALL)


def shortened(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Make a documented config small enough for a test: short recordings, one epoch, a small net."""
    if "train" in document:
        document["train"]["stop_samples"], document["validation"]["start_samples"] = -48000, -24000
        document["common"] |= {"x_path": str(folder / "di.wav"), "y_path": str(folder / "amp.wav")}
    if "trainer" in document:
        document["trainer"] |= {"max_epochs": 1, "accelerator": "cpu"}
        document["train_dataloader"]["batch_size"] = 2
    return document


def test_the_three_documented_configs_train(tmp_path: Path) -> None:
    documents(tmp_path)
    given = [shortened(json.loads(block), tmp_path) for block in blocks(CONFIGS, "json")]
    assert len(given) == 3
    assert nam_kernel.train(*given, tmp_path / "out", plots=False).model_path is not None


def test_the_python_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents(tmp_path)
    monkeypatch.chdir(tmp_path)
    first, second = blocks(KERNEL, "python")
    scope: dict[str, Any] = {}
    exec(first, scope)
    assert scope["net"].receptive_field == 8
    exec(second, scope)


def test_every_hook_and_every_state_is_documented() -> None:
    for hook in (name for name in vars(hookspecs) if name.startswith("nam_")):
        assert f"`{hook}`" in KERNEL, hook
        assert getattr(hookspecs, hook).__doc__, hook
    for state in ("found", "blocked", "incompatible", "legacy", "loaded", "failed"):
        assert f"| {state} |" in KERNEL, state


@pytest.mark.parametrize("model", [ModelConfig, LossConfig, LearningConfig, UserMetadata])
def test_every_key_of_the_kernels_configs_is_documented(model: Any) -> None:
    undocumented = [key for key in model.known_keys() if f"`{key}`" not in CONFIGS]
    assert undocumented == []


def test_every_key_of_a_pair_is_documented() -> None:
    from nam_plugin_wav.config import WavConfig

    undocumented = [key for key in WavConfig.known_keys() if f"`{key}`" not in CONFIGS]
    assert undocumented == []


def test_every_command_is_in_the_readme_and_the_other_way_round(command: Command) -> None:
    listed = set(re.findall(r"^  ([a-z]+)  ", command("nam-kernel", "--help").stdout, re.MULTILINE))
    told = set(re.findall(r"`nam-kernel (\w+)", README))
    assert listed == told


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_ci_runs_the_readmes_command() -> None:
    (line,) = [line for line in README.splitlines() if line.endswith("nox -s tests")]
    assert line.removeprefix("$ ") in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
