"""Small recordings and configs for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

RATE = 48000

NET: dict[str, Any] = {
    "name": "WaveNet",
    "config": {
        "layers_configs": [
            {
                "input_size": 1,
                "condition_size": 1,
                "channels": 2,
                "head_size": 1,
                "kernel_size": 2,
                "dilations": [1, 2, 4],
                "activation": "Tanh",
                "gated": False,
                "head_bias": True,
            }
        ],
        "head_scale": 0.5,
    },
}


def recordings(folder: Path, seconds: float = 2.0, rate: int = RATE) -> tuple[Path, Path]:
    """Write noise, silent for its first half second and again before its last, and a driven copy of it."""
    dice = np.random.default_rng(3)
    x = 0.3 * dice.standard_normal(round(seconds * rate))
    x[: rate // 2] = 0.0
    x[-rate : -rate // 2] = 0.0
    files = folder / "di.wav", folder / "amp.wav"
    soundfile.write(files[0], x, rate, subtype="PCM_24")
    soundfile.write(files[1], np.tanh(2.0 * x) * 0.5, rate, subtype="PCM_24")
    return files


def documents(folder: Path, **changes: Any) -> list[Path]:
    """Write recordings and the three configs into a folder; give the paths of the configs."""
    recordings(folder)
    given: dict[str, Any] = {
        "data": {
            "train": {"stop_samples": -RATE, "ny": 2048},
            "validation": {"start_samples": -RATE // 2, "ny": None},
            "common": {"x_path": "di.wav", "y_path": "amp.wav", "delay": 0},
        },
        "model": {"net": NET, "optimizer": {"lr": 0.01}, "loss": {"val_loss": "esr"}},
        "learning": {
            "train_dataloader": {"batch_size": 4, "shuffle": True},
            "trainer": {"accelerator": "cpu", "max_epochs": 2},
        },
    }
    paths = []
    for name, document in given.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps({**document, **changes.get(name, {})}))
        paths.append(path)
    return paths
