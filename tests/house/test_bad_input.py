"""Bad input: exit code 2, one clear message, no traceback, and nothing written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from material import RATE, documents
from nam_kernel.cli import full

pytestmark = pytest.mark.usefixtures("fresh_plugins")

Spoil = Callable[[Path], object]


def text(name: str, content: str) -> Spoil:
    return lambda folder: (folder / name).write_text(content)


def edit(name: str, change: Callable[[Any], object]) -> Spoil:
    def spoil(folder: Path) -> None:
        document = json.loads((folder / name).read_text())
        change(document)
        (folder / name).write_text(json.dumps(document))

    return spoil


def audio(name: str, samples: Any, rate: int = RATE, **options: Any) -> Spoil:
    return lambda folder: soundfile.write(folder / name, samples, rate, **options)


def folder_instead(name: str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return spoil


NOISE = 0.1 * np.random.default_rng(0).standard_normal(2 * RATE)

SPOILT: dict[str, tuple[Spoil, list[str]]] = {
    "config missing": (lambda f: (f / "model.json").unlink(), ["model.json", "no such file"]),
    "config is a folder": (folder_instead("learning.json"), ["learning.json", "is a folder"]),
    "not JSON": (text("data.json", '{\n  "train": {,\n}'), ["data.json", "line 2, column 13: not valid JSON"]),
    "JSON list": (text("data.json", "[]"), ["data.json", "object"]),
    "wrong type": (edit("data.json", lambda d: d["train"].update(ny="long")), ["train.ny", '"long"']),
    "unknown key": (edit("data.json", lambda d: d["common"].update(dealy=3)), ["dealy", "did you mean 'delay'"]),
    "unknown top key": (edit("model.json", lambda d: d.update(lr=3)), ["lr: unknown key"]),
    "unknown net": (
        edit("model.json", lambda d: d["net"].update(name="WaveNot")),
        ["WaveNot", "did you mean 'WaveNet'"],
    ),
    "unknown engine": (edit("learning.json", lambda d: d.update(engine="magic")), ["engine", "magic", "lightning"]),
    "unknown dataset": (edit("data.json", lambda d: d["train"].update(type="mp7")), ["train.type", "mp7"]),
    "unknown loss": (
        edit("model.json", lambda d: d["loss"].update(losses=[{"name": "ESRR"}])),
        ["loss.losses[0].name", "did you mean 'ESR'"],
    ),
    "unknown val_loss": (edit("model.json", lambda d: d["loss"].update(val_loss="ear")), ["loss.val_loss", "'ear'"]),
    "unknown trainer key": (
        edit("learning.json", lambda d: d["trainer"].update(max_epoch=3)),
        ["trainer.max_epoch", "max_epochs"],
    ),
    "unknown optimizer key": (edit("model.json", lambda d: d["optimizer"].update(lrr=3)), ["optimizer.lrr"]),
    "audio missing": (lambda f: (f / "amp.wav").unlink(), ["y_path", "amp.wav"]),
    "audio is a folder": (folder_instead("di.wav"), ["x_path", "is a folder"]),
    "not a wav": (text("di.wav", "RIFF no, not at all"), ["di.wav", "audio"]),
    "empty file": (text("di.wav", ""), ["di.wav"]),
    "empty wav": (audio("di.wav", np.zeros(0)), ["di.wav", "no samples"]),
    "different sample rates": (audio("amp.wav", NOISE, 44100), ["48000", "44100"]),
    "different lengths": (audio("amp.wav", NOISE[:-100]), ["allow_unequal_lengths"]),
    "a mask that hides all": (edit("model.json", lambda d: d["loss"].update(mask_first=5000)), ["mask_first", "2048"]),
    "items too short for a loss": (
        edit("model.json", lambda d: d["loss"].update(mrstft_weight=1.0, mask_first=1500)),
        ["MRSTFT", "548"],
    ),
    "no net": (edit("model.json", lambda d: d.pop("net")), ["'net' is missing"]),
    "no train": (edit("data.json", lambda d: d.pop("train")), ["train", "missing"]),
    "gpu that is not there": (edit("learning.json", lambda d: d["trainer"].update(accelerator="gpu")), ['"auto"']),
    "metadata": (
        edit("data.json", lambda d: d.update(metadata={"gear_type": "toaster"})),
        ["metadata.gear_type", "toaster"],
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_bad_input_is_explained_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    if name == "gpu that is not there":
        import torch

        if torch.cuda.is_available():
            pytest.skip("this machine has a GPU")
    spoil, told = SPOILT[name]
    paths = documents(tmp_path)
    spoil(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    code = full.main([*map(str, paths), str(tmp_path / "out")])
    captured = capsys.readouterr()
    assert code == 2, captured.err
    assert "Traceback" not in captured.err
    assert captured.err.count("error:") == 1
    for part in told:
        assert part in captured.err
    assert sorted(tmp_path.rglob("*")) == before


def test_all_problems_of_all_documents_are_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = documents(tmp_path, data={"metdata": {}}, model={"optimiser": {}}, learning={"sede": 1})
    assert full.main([*map(str, paths), str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    for part in ("did you mean 'metadata'", "did you mean 'optimizer'", "did you mean 'seed'"):
        assert part in told


def test_configs_in_the_wrong_order_are_recognised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, model, learning = map(str, documents(tmp_path))
    assert full.main([model, data, learning, str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "the order DATA MODEL LEARNING" in told
    assert "model.json: this looks like a model config" in told
    assert "data.json: this looks like a data config" in told


def test_an_outdir_that_cannot_be_made_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = documents(tmp_path)
    (tmp_path / "file").touch()
    assert full.main([*map(str, paths), str(tmp_path / "file")]) == 2
    assert "give another one" in capsys.readouterr().err
