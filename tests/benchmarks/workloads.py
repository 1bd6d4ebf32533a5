"""What is measured: nets, data and learning configs that the project and neural-amp-modeler 0.13 both understand."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]

RATE = 48000
SECONDS = 52.0


def _stack(channels: int, given: int, head: int, bias: bool, dilations: list[int]) -> Json:
    shape = {"condition_size": 1, "input_size": given, "channels": channels, "kernel_size": 3}
    ends = {"head": {"out_channels": head, "kernel_size": 1, "bias": bias}, "gated": False}
    return {"activation": "Tanh", **shape, **ends, "dilations": dilations}


_DOUBLING = [2**power for power in range(10)]

_A2_DILATIONS = [1, 3, 7, 17, 41, 101, 239]


def _a2_size(channels: int) -> Json:
    stack = {
        "condition_size": 1,
        "input_size": 1,
        "channels": channels,
        "kernel_sizes": [6] * 14 + [15] * 2 + [6] * 7,
        "dilations": [*_A2_DILATIONS, *_A2_DILATIONS, 1, 13, *_A2_DILATIONS],
        "activation": "LeakyReLU",
        "gated": False,
        "head": {"out_channels": 1, "kernel_size": 16, "bias": True},
    }
    return {"layers_configs": [stack], "head_scale": 0.01}


def _wavenet(*stacks: Json) -> Json:
    return {"name": "WaveNet", "config": {"layers_configs": list(stacks), "head_scale": 0.02}}


_SCHEDULE = {"class": "ExponentialLR", "kwargs": {"gamma": 0.993}}
_ADAM: Json = {"optimizer": {"lr": 0.004}, "lr_scheduler": _SCHEDULE}

MODELS: dict[str, Json] = {
    "a1": {"net": _wavenet(_stack(16, 1, 8, False, _DOUBLING), _stack(8, 16, 1, True, _DOUBLING)), **_ADAM},
    "a2": {
        "net": {
            "name": "PackedWaveNet",
            "config": {"submodels": [{"name": f"channels_{c}", "config": _a2_size(c)} for c in (3, 8)]},
        },
        "loss": {"val_loss": "esr", "mrstft_weight": 0.0005},
        **_ADAM,
    },
    "lstm": {
        "net": {
            "name": "LSTM",
            "config": {"num_layers": 2, "hidden_size": 24, "train_burn_in": 4096, "train_truncate": 512},
        },
        "loss": {"val_loss": "esr", "mask_first": 4096},
        "optimizer": {"lr": 0.008},
        "lr_scheduler": _SCHEDULE,
    },
    "small": {"net": _wavenet(_stack(3, 1, 2, False, [1, 2]), _stack(2, 3, 1, True, [4, 8])), **_ADAM},
}
"""The standard A1, both sizes of an A2, an LSTM, and a net of 152 parameters, beside which only the rest takes time."""


def data(folder: Path) -> Json:
    """Return the data config of the recordings that ``write_recordings`` put into a folder."""
    return {
        "train": {"stop_seconds": -9.0, "ny": 8192},
        "validation": {"start_seconds": -8.5, "ny": None},
        "common": {"x_path": str(folder / "x.wav"), "y_path": str(folder / "y.wav"), "delay": 0},
    }


def learning(epochs: int, **trainer: Any) -> Json:
    """Return a learning config: batches of 16, on the CPU."""
    return {
        "train_dataloader": {"batch_size": 16, "shuffle": True, "drop_last": True},
        "val_dataloader": {},
        "trainer": {"accelerator": "cpu", "devices": 1, "max_epochs": epochs, **trainer},
    }


def write(folder: Path, name: str, document: Json) -> str:
    """Write a document; return its path."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def write_recordings(folder: Path) -> None:
    """Write 52 seconds of decaying bursts, silent before the validation begins, and the same through a soft clipper."""
    import numpy as np
    import soundfile

    random = np.random.default_rng(0)
    time = np.arange(round(SECONDS * RATE)) / RATE
    x = random.standard_normal(len(time)) * 0.4 * np.exp(-4.0 * (time % 0.5))
    for _ in range(2):
        x[1:] = 0.5 * (x[1:] + x[:-1])
    x = x.clip(-0.95, 0.95)
    x[round((SECONDS - 9.0) * RATE) : round((SECONDS - 8.5) * RATE)] = 0.0
    soundfile.write(folder / "x.wav", x, RATE, subtype="PCM_24")
    soundfile.write(folder / "y.wav", 0.5 * np.tanh(4.0 * x), RATE, subtype="PCM_24")


def model(name: str) -> Json:
    """Return a copy of a model config."""
    return copy.deepcopy(MODELS[name])
