"""The JSON examples of the older documentation run, pasted, with only their paths and placeholders filled in."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

import nam_kernel
from material import NET, recordings
from nam_kernel.config.read import parse

pytestmark = pytest.mark.usefixtures("fresh_plugins")

TRAIN = {"stop_samples": -48000, "ny": 4096}
VALIDATION = {"start_samples": -24000, "ny": None}


@pytest.fixture(scope="module")
def examples(cases: Path) -> list[Any]:
    """Every JSON block of the documentation, read as it stands."""
    page = cases.parent / "nam-full-training-documentation.md"
    if not page.exists():
        pytest.skip(f"there is no {page}")
    text = page.read_text(encoding="utf-8")
    return [parse(block, str(page)) for block in re.findall(r"```json\n(.*?)\n\s*```", text, re.DOTALL)]


def train(folder: Path, data: Any, model: Any, learning: Any) -> nam_kernel.Result:
    learning = copy.deepcopy(learning)
    learning.setdefault("trainer", {}).update(max_epochs=1, limit_train_batches=1, accelerator="cpu")
    return nam_kernel.train(data, model, learning, folder / "out", plots=False)


def common(folder: Path, rate: int = 48000) -> dict[str, Any]:
    x, y = recordings(folder, seconds=3.0, rate=rate)
    return {"x_path": str(x), "y_path": str(y)}


def only(examples: list[Any], *keys: str) -> Any:
    """Find the first example with these keys at the top, and no more but notes."""
    return copy.deepcopy(next(e for e in examples if {k for k in e if k != "_notes"} == set(keys)))


def test_every_example_is_read_comments_and_all(examples: list[Any]) -> None:
    assert len(examples) >= 9


def test_the_data_example(tmp_path: Path, examples: list[Any]) -> None:
    data = only(examples, "train", "validation", "common")
    data["train"] |= TRAIN
    data["validation"] |= VALIDATION
    data["common"] |= common(tmp_path)
    assert train(tmp_path, data, {"net": NET}, {}).metrics["ESR"] > 0


def test_the_list_of_recordings(tmp_path: Path, examples: list[Any]) -> None:
    data = next(copy.deepcopy(e) for e in examples if isinstance(e.get("train"), list))
    paths = common(tmp_path, rate=44100)
    for entry in data["train"]:
        assert entry["x_path"].startswith("path/to/")
        entry |= paths
    # The second recording starts after a second; ours are silent before 44100 only with this rule off.
    data["common"]["require_input_pre_silence"] = None
    result = train(tmp_path, data, {"net": NET}, {})
    assert result.net.sample_rate == 44100
    assert result.model_path is not None


def test_the_learning_example(tmp_path: Path, examples: list[Any]) -> None:
    learning = only(examples, "train_dataloader", "val_dataloader", "trainer", "trainer_fit_kwargs")
    data = {"train": TRAIN, "validation": VALIDATION, "common": common(tmp_path)}
    assert train(tmp_path, data, {"net": NET}, learning).model_path is not None


def test_the_model_example(tmp_path: Path, examples: list[Any]) -> None:
    model = only(examples, "optimizer", "lr_scheduler", "loss", "net")
    assert model["net"]["name"] == "WaveNet"
    model["net"]["config"] = NET["config"]
    model["lr_scheduler"] |= {"class": "ExponentialLR", "kwargs": {"gamma": 0.99}}
    model["optimizer"] |= {"lr": 0.004}
    data = {"train": TRAIN, "validation": VALIDATION, "common": common(tmp_path)}
    assert train(tmp_path, data, model, {}).model_path is not None


def test_the_example_that_goes_on_from_a_checkpoint(tmp_path: Path, examples: list[Any]) -> None:
    learning = only(examples, "trainer_fit_kwargs")
    data = {"train": TRAIN, "validation": VALIDATION, "common": common(tmp_path)}
    first = train(tmp_path, data, {"net": NET}, {})
    (checkpoint,) = first.directory.glob("checkpoints/last.ckpt")
    learning["trainer_fit_kwargs"]["ckpt_path"] = str(checkpoint)
    learning["trainer"] = {"max_epochs": 2, "limit_train_batches": 1, "accelerator": "cpu"}
    second = nam_kernel.train(data, {"net": NET}, learning, tmp_path / "again", plots=False)
    assert second.epochs == 2
