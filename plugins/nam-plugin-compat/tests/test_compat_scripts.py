"""Whole scripts as users of 0.13 have them; each runs with neural-amp-modeler 0.13.0 too, to its end."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parent / "scripts"

LAYERS = {"input_size": 1, "condition_size": 1, "kernel_size": 3, "dilations": [1, 2], "activation": "Tanh"}
LAYERS |= {"head": {"out_channels": 1, "kernel_size": 1, "bias": True}}
SIZES = [("small", 1), ("large", 2)]
PACKED = [{"name": n, "config": {"layers_configs": [{**LAYERS, "channels": c}], "head_scale": 0.02}} for n, c in SIZES]
NETS: dict[str, Any] = {
    "lstm": {"name": "LSTM", "config": {"hidden_size": 2}},
    "packed": {"name": "PackedWaveNet", "config": {"submodels": PACKED}},
}


@pytest.fixture
def folder(tmp_path: Path, data: dict[str, Any], learning: dict[str, Any]) -> Path:
    """The recordings and the configs, as files."""
    learning["trainer"] = {"max_epochs": 2, "accelerator": "cpu", "devices": 1}
    learning |= {"val_dataloader": {}, "trainer_fit_kwargs": {}}
    schedule = {"class": "ExponentialLR", "kwargs": {"gamma": 0.99}}
    models = {
        name: {"net": net, "optimizer": {"lr": 0.01}, "lr_scheduler": schedule, "loss": {"val_loss": "esr"}}
        for name, net in NETS.items()
    }
    for name, config in {"data": data, "learning": learning, **models}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(config))
    return tmp_path


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    "line", ["by_hand.py", "with_main.py lstm", "with_main.py packed", "own_net.py plots"], ids=lambda line: line
)
def test_a_script_runs_to_its_end(line: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script, *arguments = line.split()
    monkeypatch.setattr(sys, "argv", [script, str(folder), *arguments])
    runpy.run_path(str(SCRIPTS / script), run_name="__main__")
    (run,) = folder.glob("**/lightning_logs")
    names = {path.name for path in (run / "version_0" / "checkpoints").iterdir()}
    assert any(name.startswith("epoch=000") for name in names)
    if script == "own_net.py":
        assert (folder / "out" / "own" / "comparison.png").exists()


def test_the_next_version_is_taken_where_there_is_one(folder: Path) -> None:
    from nam.train import full

    configs = [json.loads((folder / f"{name}.json").read_text()) for name in ("data", "lstm", "learning")]
    (folder / "lightning_logs" / "version_3").mkdir(parents=True)
    full.main(*configs, folder, no_show=True, make_plots=False)
    assert (folder / "lightning_logs" / "version_4" / "checkpoints" / "checkpoint_epoch_epoch=0001.ckpt").exists()
