"""Write the material of the demo: two wav files and the three configs, to be trained, read and changed."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import numpy as np

from nam_kernel.errors import UserError
from nam_kernel.files import atomic_write, atomic_write_text
from nam_plugin_demo.sound import RATE, Signal, amplifier, guitar

SECONDS = 24.0
"""The duration of the recordings."""

VALIDATION = 4.5
"""The seconds at their end that are not trained: half a second of silence, then the validation."""

DATA: dict[str, Any] = {
    "_notes": ["di.wav went into the amplifier, amp.wav came out of it.", "Put your own recordings here."],
    "train": {"stop_samples": -round(VALIDATION * RATE), "ny": 8192},
    "validation": {"start_samples": -round((VALIDATION - 0.5) * RATE), "ny": None},
    "common": {"x_path": "di.wav", "y_path": "amp.wav", "delay": 0},
    "metadata": {"name": "Demo amplifier", "modeled_by": "nam-kernel demo", "gear_type": "amp", "tone_type": "crunch"},
}

MODEL: dict[str, Any] = {
    "net": {
        "name": "WaveNet",
        "config": {
            "layers_configs": [
                {
                    "input_size": 1,
                    "condition_size": 1,
                    "channels": 6,
                    "head_size": 4,
                    "kernel_size": 3,
                    "dilations": [1, 2, 4, 8, 16, 32, 64],
                    "activation": "Tanh",
                    "gated": False,
                    "head_bias": False,
                },
                {
                    "input_size": 6,
                    "condition_size": 1,
                    "channels": 4,
                    "head_size": 1,
                    "kernel_size": 3,
                    "dilations": [128, 1, 2, 4, 8, 16, 32, 64, 128],
                    "activation": "Tanh",
                    "gated": False,
                    "head_bias": True,
                },
            ],
            "head_scale": 0.1,
        },
    },
    "loss": {"val_loss": "esr"},
    "optimizer": {"lr": 0.008},
    "lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gamma": 0.93}},
}

LEARNING: dict[str, Any] = {
    "train_dataloader": {"batch_size": 8, "shuffle": True, "drop_last": True},
    "val_dataloader": {},
    "trainer": {"accelerator": "auto", "max_epochs": 30},
}


def write_material(folder: Path) -> dict[str, Path]:
    """
    Write ``di.wav``, ``amp.wav``, ``data.json``, ``model.json`` and ``learning.json``; return the paths of the configs.

    :return: by the names ``data``, ``model`` and ``learning``
    :raises UserError: when a file of that name is there already, or the folder cannot be made
    """
    documents = {"data": DATA, "model": MODEL, "learning": LEARNING}
    paths = {name: folder / f"{name}.json" for name in documents}
    di = guitar(SECONDS)
    # The half second before the validation part is silent, as require_input_pre_silence demands.
    start = len(di) - round((VALIDATION - 0.5) * RATE)
    di[start - RATE // 2 : start] = 0.0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _refuse_to_overwrite([*paths.values(), folder / "di.wav", folder / "amp.wav"])
        write_wav(folder / "di.wav", di)
        write_wav(folder / "amp.wav", amplifier(_rounded(di)))
        for name, document in documents.items():
            atomic_write_text(paths[name], json.dumps(document, indent=2) + "\n")
    except OSError as error:
        raise UserError(f"{folder}: the demo cannot be written there ({error.strerror}); name another folder") from None
    return paths


def write_wav(path: Path, signal: Signal) -> None:
    """Write a mono wav file of 24 bits at ``RATE``, atomically."""
    frames = np.round(_rounded(signal) * 2**23).astype("<i4")
    with atomic_write(path) as temporary, wave.open(str(temporary), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(3)
        file.setframerate(RATE)
        file.writeframes(frames.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())


def _rounded(signal: Signal) -> Signal:
    """Return a signal rounded to 24 bits, and clipped at full scale."""
    return np.clip(np.round(signal * 2**23), -(2**23), 2**23 - 1) / 2**23


def _refuse_to_overwrite(paths: list[Path]) -> None:
    there = [path.name for path in paths if path.exists()]
    if there:
        raise UserError(
            f"{paths[0].parent} has {', '.join(there)} already, which the demo would overwrite; name a new folder"
        )
