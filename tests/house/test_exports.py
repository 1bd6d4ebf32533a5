"""``nam_full --export``: further formats of one run, each heard before the training and proven after it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch

from material import documents
from support import Command

pytestmark = pytest.mark.usefixtures("fresh_plugins")


def test_every_file_of_a_run_says_how_it_was_proven(tmp_path: Path, command: Command) -> None:
    done = command(
        *("nam_full", *documents(tmp_path), tmp_path / "out", "-ns", "-np"),
        *("--export", "onnx", "--export", "torchscript"),
    )
    assert done.returncode == 0, done.stderr
    (directory,) = (tmp_path / "out").iterdir()
    record = json.loads((directory / "run.json").read_text())
    assert record["files"] == ["model.nam", "model.onnx", "model.stream.onnx", "model.ts"]
    proofs = {proof["file"]: proof for proof in record["proofs"]}
    assert {name: proof["passed"] for name, proof in proofs.items()} == dict.fromkeys(
        ("model.nam", "model.onnx", "model.ts"), True
    )
    assert json.loads((directory / "config_model.json").read_text())["export"] == ["nam", "onnx", "torchscript"]

    extra: dict[str, Any] = {"metadata.json": ""}
    with pytest.warns(DeprecationWarning, match="torch.jit"):
        torch.jit.load(directory / "model.ts", _extra_files=extra)  # type: ignore[no-untyped-call]
    properties = {entry.key: entry.value for entry in onnx.load(directory / "model.onnx").metadata_props}
    said = {
        "model.nam": json.loads((directory / "model.nam").read_text())["metadata"]["proof"],
        "model.onnx": json.loads(properties["proof"]),
        "model.ts": json.loads(extra["metadata.json"])["proof"],
    }
    for name, proof in said.items():
        assert proof == {"largest_error": proofs[name]["error"], "played": proofs[name]["told"]}


@pytest.mark.parametrize(
    ("name", "told"),
    [("onxn", "did you mean 'onnx'?"), ("rtneural", "play an LSTM of one layer, not WaveNet"), ("guitarml", "Proteus")],
)
def test_what_cannot_be_exported_is_heard_before_the_training(
    name: str, told: str, tmp_path: Path, command: Command
) -> None:
    done = command("nam_full", *documents(tmp_path), tmp_path / "out", "-ns", "-np", "--export", name)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_help_names_the_option(command: Command) -> None:
    assert "--export NAME" in command("nam_full", "--help").stdout
